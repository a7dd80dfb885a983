// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/layout.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace milter_manager::archive {

TEST_CASE("file names are those that archives have always had") {
  CHECK(file_name(Kind::session) == "session.rrd");
  CHECK(file_name(Kind::manager_status) == "milter-manager.status.rrd");
  CHECK(file_name(Kind::manager_report) == "milter-manager.report.rrd");
  CHECK(file_name(Kind::milter_status, "milter-greylist") == "milter.status.milter-greylist.rrd");
  CHECK(file_name(Kind::milter_report, "clamav-milter") == "milter.report.clamav-milter.rrd");
  CHECK(file_name(Kind::health) == "health.rrd");
}

TEST_CASE("a file name is read back as what it was made of") {
  for (const Layout& one : layouts()) {
    const std::string milter = one.of_milter ? "my.milter day" : "";
    const std::string key = one.of_key ? "dmarc_pass" : "";
    const std::string name = file_name(one.kind, milter, key);
    const auto parsed = parse_file_name(name);
    REQUIRE(parsed);
    CHECK(parsed->kind == one.kind);
    CHECK(parsed->safe_milter == milter);
    CHECK(parsed->key == key);
    CHECK(stem(*parsed) + ".rrd" == name);
  }
}

TEST_CASE("other files are not taken for archives") {
  for (const char* name :
       {"", ".rrd", "session.rrd.damaged", "session.rrd.new", "milter.status..rrd", "milter.x.rrd",
        "Session.rrd", "milter.status.a:b.rrd", "milter.status.%2f.rrd", "milter.status.%4.rrd",
        "milter.status.%41.rrd", "milter.status.x%~0123456789abcdef.rrd", "milter-manager.report.A.rrd",
        "milter-manager.report.a.b.rrd", "milter.report.key..rrd", "milter.report.x-y%2Ez.rrd"}) {
    INFO(name);
    CHECK_FALSE(parse_file_name(name));
  }
}

TEST_CASE("ordinary milter names stay as they are") {
  for (const char* name :
       {"milter-greylist", "spamass-milter", "my milter", "a.b.c", "..", "été", "迷惑", "<b>&\"'"}) {
    CHECK(safe_name(name) == name);
  }
}

TEST_CASE("a milter name cannot leave its directory or break an RRD definition") {
  struct Case {
    std::string name;
    std::string safe;
  };
  const Case cases[] = {
      {"x/../../../y", "x%2F..%2F..%2F..%2Fy"},
      {"a:b", "a%3Ab"},
      {"a\\b", "a%5Cb"},
      {"100%", "100%25"},
      {std::string("a\0b", 3), "a%00b"},
      {"new\nline\x7f", "new%0Aline%7F"},
      {"\xff\xc3", "%FF%C3"},
      {"\xc0\xaf", "%C0%AF"},         // a longer form of "/"
      {"\xed\xa0\x80", "%ED%A0%80"},  // a surrogate
      {"\xc2\x85", "%C2%85"},         // a control character above ASCII
      {"\xf4\x90\x80\x80", "%F4%90%80%80"},
  };
  for (const Case& one : cases) {
    CHECK(safe_name(one.name) == one.safe);
    CHECK(original_name(one.safe) == one.name);
  }
}

TEST_CASE("no two milter names share a file name") {
  std::set<std::string> seen;
  std::size_t names = 0;
  const auto add = [&](const std::string& name) {
    seen.insert(safe_name(name));
    ++names;
    CHECK(original_name(safe_name(name)));
  };
  for (int first = 0; first < 256; ++first) {
    add(std::string(1, static_cast<char>(first)));
    for (int second = 0; second < 256; ++second) add({static_cast<char>(first), static_cast<char>(second)});
  }
  for (const char* name : {"a/b", "a%2Fb", "a%252Fb", "a%~0123456789abcdef"}) add(name);
  CHECK(seen.size() == names);
}

TEST_CASE("the longest names fit into a file system and stay apart") {
  const std::string long_name(255, 'x');
  CHECK(safe_name(std::string(200, 'x')) == std::string(200, 'x'));
  CHECK(safe_name(std::string(201, 'x')).size() == 198);
  CHECK(safe_name(long_name + "a") != safe_name(long_name + "b"));
  CHECK(safe_name(std::string(5000, '/')).size() <= 200);
  CHECK(original_name(safe_name(long_name)) == std::string(180, 'x') + "…");
  CHECK(parse_file_name(file_name(Kind::milter_status, long_name)));

  std::string wide = "x";
  for (int i = 0; i < 100; ++i) wide += "迷";
  CHECK(original_name(safe_name(wide)) == wide.substr(0, 178) + "…");  // no torn character
}

TEST_CASE("no two archives share a file, whatever milters and report keys are called") {
  // Names made of the very parts of which file names are made.
  const std::string parts[] = {".",   "a", "b_1", "status", "report",  "message", "%2E",  "%", "..",
                               "rrd", "/", "A",   "milter", "manager", "-",       "\xff", "é"};
  std::vector<std::string> names;
  for (const std::string& one : parts) {
    names.push_back(one);
    for (const std::string& two : parts) {
      names.push_back(one + two);
      for (const std::string& three : parts) names.push_back(one + two + three);
    }
  }
  std::map<std::string, std::string> seen;  // file name, and whose it is
  const auto add = [&](Kind kind, const std::string& milter, const std::string& key) {
    const std::string whose = fmt::format("{} '{}' '{}'", static_cast<int>(kind), milter, key);
    const std::string file = file_name(kind, milter, key);
    const auto [other, is_new] = seen.emplace(file, whose);
    INFO(file);
    INFO(whose);
    REQUIRE(other->second == whose);
    const auto parsed = parse_file_name(file);
    REQUIRE(parsed);
    REQUIRE(parsed->kind == kind);
    REQUIRE(parsed->safe_milter == (layout(kind).of_milter ? safe_name(milter) : ""));
    REQUIRE(parsed->key == key);
    REQUIRE(file.size() <= 243);
    REQUIRE(file.find('/') == file.npos);
  };
  const std::set<std::string> unique(names.begin(), names.end());
  for (const std::string& name : unique) {
    for (const Layout& one : layouts()) {
      if (one.of_milter && !one.of_key) add(one.kind, name, {});
      for (const char* key : {"a", "b_1", "status", "report", "dmarc_pass", "abcdefghijklmnopqrstuvwx"}) {
        if (one.of_milter && one.of_key) add(one.kind, name, key);
      }
    }
  }
  for (const char* key : {"a", "status", "report", "message"}) add(Kind::manager_key, {}, key);
  add(Kind::milter_key, std::string(300, '.'), "abcdefghijklmnopqrstuvwx");
  add(Kind::milter_report, "a." + std::string(300, '.'), {});
}

}  // namespace milter_manager::archive
