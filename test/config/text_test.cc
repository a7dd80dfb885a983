// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "core/config/build_defaults.h"
#include "core/config/platform.h"
#include "core/config/text_syntax.h"
#include "core/config/value.h"

using namespace milter_manager;
using namespace milter_manager::config;

TEST_CASE("values are written as Ruby writes them") {
  struct Case {
    Value value;
    const char* literal;
  };
  const std::vector<Case> cases = {
      {{}, "nil"},
      {true, "true"},
      {std::int64_t{-7}, "-7"},
      {297.0, "297.0"},
      {0.1, "0.1"},
      {1e20, "1.0e+20"},
      {std::numeric_limits<double>::infinity(), "Float::INFINITY"},
      {std::string("plain"), R"("plain")"},
      {std::string("a\"b\\c\n\t\x1b\x7f"), R"("a\"b\\c\n\t\e\x7F")"},
      {std::string("#{x} #$y #@z # #a"), R"("\#{x} \#$y \#@z # #a")"},
      {std::string("caf\xc3\xa9 \xff\xc3"), "\"caf\xc3\xa9 \\xFF\\xC3\""},
      {std::string("\xed\xa0\x80\xc0\x80"), R"("\xED\xA0\x80\xC0\x80")"},
      {std::string("a\0b", 3), R"("a\x00b")"},
      {List{"a", "b"}, R"(["a", "b"])"},
      {List{}, "[]"},
      {Table{{"a", std::int64_t{1}}, {"b", std::string("x")}}, R"({"a"=>1, "b"=>"x"})"},
  };
  for (const Case& one : cases) CHECK(ruby_literal(one.value) == one.literal);
}

TEST_CASE("modes are read as octal numbers and as symbols") {
  CHECK(*parse_mode("660") == 0660);
  CHECK(*parse_mode("0600") == 0600);
  CHECK(*parse_mode("7") == 07);
  CHECK(*parse_mode("u=rw,g=rw") == 0660);
  CHECK(*parse_mode("ug=rw,o=r") == 0664);
  CHECK(*parse_mode("a=rwx") == 0777);
  for (const char* wrong : {"", "8", "1777", "u", "u=", "=r", "u+r", "x=r", "u=rw,", "rw"}) {
    INFO(wrong);
    REQUIRE_FALSE(parse_mode(wrong));
    CHECK(parse_mode(wrong).error().message == "invalid mode: <" + std::string(wrong) + ">");
  }
}

TEST_CASE("log levels are shown as the set that they make") {
  CHECK(*canonical_log_level("") == "default");
  CHECK(*canonical_log_level("default") == "default");
  CHECK(*canonical_log_level("error|critical") == "critical|error");
  CHECK(*canonical_log_level("+debug") == "critical|error|warning|message|debug|statistics");
  CHECK_FALSE(canonical_log_level("loud"));
}

TEST_CASE("package options are split at commas and at the first equals sign") {
  using Options = std::map<std::string, std::string>;
  CHECK(parse_options("prefix=/etc,name=value") == Options{{"prefix", "/etc"}, {"name", "value"}});
  CHECK(parse_options(" a = b=c ,, d ") == Options{{"a", "b=c"}, {"d", ""}});
  CHECK(parse_options("") == Options{});
}

TEST_CASE("the platform is told from the files that distributions have") {
  namespace fs = std::filesystem;
  struct Case {
    const char* file;
    const char* text;
    const char* platform;
  };
  const std::vector<Case> cases = {
      {"os-release", "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"\n", "debian"},
      {"os-release", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n", "debian"},
      {"os-release", "ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n", "redhat9"},
      {"os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"10.0\"\n", "redhat10"},
      {"os-release", "ID='fedora'\nVERSION_ID=41", "redhat41"},
      {"debian_version", "7.0\n", "debian"},
      {"redhat-release", "CentOS release 5.8 (Final)\n", "redhat"},
      {"os-release", "ID=arch\n", ""},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    std::string root = (fs::temp_directory_path() / "platform-XXXXXX").string();
    REQUIRE(::mkdtemp(root.data()));
    fs::create_directory(root + "/etc");
    std::FILE* file = std::fopen((root + "/etc/" + one.file).c_str(), "w");
    REQUIRE(file);
    std::fputs(one.text, file);
    std::fclose(file);
#ifdef __linux__
    CHECK(detect_platform(root).value_or("") == one.platform);
#endif
    fs::remove_all(root);
  }
}
