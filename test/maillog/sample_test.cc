// SPDX-License-Identifier: GPL-3.0-or-later
// The sample logs hold a known history: each value of each minute must be as it was.
#include <zlib.h>

#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/maillog/minutes.h"
#include "core/maillog/report_rules.h"
#include "test/maillog/reading.h"
#include "test/maillog/shipped_rules.h"

namespace milter_manager::maillog {
namespace {

using Cells = std::map<std::string, std::map<std::int64_t, double>>;

const std::string kFixtures = PROJECT_ROOT "/test/fixtures/maillog/";

std::string unpacked(const std::string& path) {
  const gzFile file = ::gzopen(path.c_str(), "rb");
  REQUIRE(file != nullptr);
  std::string out;
  std::array<char, 65536> part{};
  for (int count = 0; (count = ::gzread(file, part.data(), part.size())) > 0;) {
    out.append(part.data(), static_cast<std::size_t>(count));
  }
  ::gzclose(file);
  REQUIRE_FALSE(out.empty());
  return out;
}

const std::vector<std::string> kStatuses = {"pass",       "accept", "reject", "discard", "temporary-failure",
                                            "quarantine", "abort",  "error",  "stop"};
const std::vector<std::string> kKeys = {"spam",           "virus",     "uribl",          "greylisting-pass",
                                        "spf-pass",       "spf-fail",  "sender-id-pass", "sender-id-fail",
                                        "dkim-pass",      "dkim-fail", "dkim-adsp-pass", "dkim-adsp-fail",
                                        "tarpitting-pass"};

void put(const std::string& name, const std::vector<std::string>& fields, const Series& series,
         Cells& cells) {
  for (const auto& [minute, row] : series) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] == 0) continue;
      REQUIRE(i < fields.size());
      cells[name + fields[i]][minute] = row[i];
    }
  }
}

Cells counted(const Minutes& minutes) {
  Cells cells;
  for (const auto& [key, series] : minutes.series()) {
    switch (key.kind) {
      case Kind::session:
        put("session.", {"smtp", "child", "disconnected", "concurrent"}, series, cells);
        break;
      case Kind::manager_status:
        put("manager.status.", kStatuses, series, cells);
        break;
      case Kind::manager_report:
        put("manager.report.", kKeys, series, cells);
        break;
      case Kind::milter_status:
        put("milter.status." + key.milter + ".", kStatuses, series, cells);
        break;
      case Kind::milter_report:
        put("milter.report." + key.milter + ".", kKeys, series, cells);
        break;
      case Kind::milter_greylist:
        break;
      default:
        FAIL("a series that the samples do not feed");
    }
  }
  return cells;
}

Cells truth(const std::string& path) {
  std::ifstream file(path);
  const nlohmann::json document = nlohmann::json::parse(file);
  Cells cells;
  for (const auto& [name, minutes] : document.at("series").items()) {
    const bool is_quarantine = name == "extra.manager.quarantine-reply";
    if (!is_quarantine && name.starts_with("extra.")) continue;
    auto& series = cells[is_quarantine ? "manager.status.quarantine" : name];
    for (const auto& [minute, value] : minutes.items()) {
      if (value.get<double>() != 0) series[std::stoll(minute)] = value.get<double>();
    }
    if (series.empty()) cells.erase(name);
  }
  return cells;
}

void compare(const std::string& log, const std::string& truth_file, double now) {
  ScopedTimeZone utc("UTC");
  Minutes minutes(&shipped_rules());
  Stream::Settings settings;
  settings.now = now;
  Stream stream(settings, [&](const Record& record) { minutes.add(record); });
  MemorySource source(unpacked(kFixtures + log));
  REQUIRE(stream.read(source, log));
  CHECK(stream.counts().unknown == 0);
  CHECK(stream.counts().cut == 0);
  CHECK(stream.counts().no_stamp == 0);

  const Cells expected = truth(kFixtures + truth_file);
  const Cells cells = counted(minutes);
  std::size_t values = 0;
  for (const auto& [name, series] : expected) {
    CAPTURE(name);
    REQUIRE(cells.count(name) == 1);
    CHECK(cells.at(name) == series);
    values += series.size();
  }
  CHECK(cells.size() == expected.size());
  CHECK(values > 1000);
}

constexpr double kDayAfter = 1789430400;         // 2026-09-15 00:00 UTC
constexpr double kFourthOfJanuary = 1799020800;  // 2027-01-04 00:00 UTC

TEST_CASE("a day of BSD lines is counted as it was") {
  compare("sample.bsd.log.gz", "sample.truth.json", kDayAfter);
}

TEST_CASE("a day of BSD lines is counted as it was nearly a year later") {
  compare("sample.bsd.log.gz", "sample.truth.json", kDayAfter + 360 * 86400.0);
}

TEST_CASE("a day as rsyslog writes it is counted as it was") {
  compare("sample.bsd-rsyslog.log.gz", "sample.truth.json", kDayAfter);
}

TEST_CASE("a day of RFC 3339 lines is counted as it was, whatever the time zone and whenever") {
  compare("sample.iso.log.gz", "sample.truth.json", 0);
}

TEST_CASE("a day of RFC 5424 lines is counted as it was") {
  compare("sample.rfc5424.log.gz", "sample.truth.json", 0);
}

TEST_CASE("a day from the journal, as JSON, is counted as it was") {
  compare("sample.journal.json.gz", "sample.truth.json", 0);
}

TEST_CASE("a New Year on two hosts with dotted names is counted as it was") {
  compare("sample.newyear-2hosts.bsd.log.gz", "sample.newyear-2hosts.bsd.log.truth.json", kFourthOfJanuary);
}

TEST_CASE("a New Year is counted as it was months later") {
  compare("sample.newyear-2hosts.bsd.log.gz", "sample.newyear-2hosts.bsd.log.truth.json",
          kFourthOfJanuary + 300 * 86400.0);
}

}  // namespace
}  // namespace milter_manager::maillog
