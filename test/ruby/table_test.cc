// SPDX-License-Identifier: GPL-3.0-or-later
// Lookup tables of Postfix, for conditions.
#include <catch2/catch.hpp>

#include "test/ruby/configuration_folder.h"

using namespace milter_manager;

namespace {

struct Lookup {
  const char* key;     // Ruby
  const char* answer;  // as inspected
};

// What the table in a file of that text answers; "CLASS: message" where it can't be read.
std::string looked_up(const std::string& kind, const std::string& table, const std::string& key) {
  const ConfigurationFolder folder(
      "begin\n"
      "  table = Milter::Manager::" +
      kind +
      ".new\n"
      "  File.open(File.join(load_paths.first, 'table'), 'rb') { |file| table.parse(file, 'table') }\n"
      "  log.path = table.find(" +
      key +
      ").inspect\n"
      "rescue Milter::Manager::Error => error\n"
      "  log.path = \"#{error.class}: #{error.message}\"\n"
      "end\n");
  folder.write("table", table);
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  return outcome.configuration->log.path.value_or("");
}

void check_all(const std::string& kind, const std::string& table, const std::vector<Lookup>& lookups) {
  for (const Lookup& one : lookups) {
    INFO(table << "\n" << one.key);
    CHECK(looked_up(kind, table, one.key) == one.answer);
  }
}

struct Broken {
  const char* table;
  const char* error;
};

void check_broken(const std::string& kind, const std::vector<Broken>& all) {
  for (const Broken& one : all) {
    INFO(one.table);
    CHECK(looked_up(kind, one.table, "''") == std::string("Milter::Manager::ConditionTable::") + one.error);
  }
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a CIDR table answers with the action of the first network that has the address") {
  check_all("PostfixCIDRTable", R"(# Our own
192.0.2.1        exact
192.0.2.0/24     network  with  spaces  
2001:db8::/32    six
[2001:db9::1]    in brackets
[2001:dba::]/32  network in brackets
192.0.2.7        never reached
10.0.0.0/8       one

    # a comment within
  two
!203.0.113.0/24  elsewhere
0.0.0.0/0        four
::/0             all of six
)",
            {{"'192.0.2.1'", "\"exact\""},
             {"'192.0.2.7'", "\"network  with  spaces\""},
             {"'2001:db8:1::1'", "\"six\""},
             {"'2001:db9::1'", "\"in brackets\""},
             {"'2001:dba:7::'", "\"network in brackets\""},
             {"'10.1.2.3'", "\"one  two\""},
             {"'198.51.100.1'", "\"elsewhere\""},
             {"'203.0.113.9'", "\"four\""},
             {"'::1'", "\"elsewhere\""},
             {"IPAddr.new('192.0.2.1')", "\"exact\""},
             {"Milter::SocketAddress::IPv4.new('192.0.2.1', 25)", "\"exact\""},
             {"Milter::SocketAddress::Unix.new('/tmp/x')", "nil"},
             {"'unknown'", "nil"},
             {"nil", "nil"}});
}

TEST_CASE("entries between if and endif count only where the if does") {
  check_all("PostfixCIDRTable", R"(if 192.0.2.0/24
192.0.2.1  one
if !192.0.2.128/25
192.0.2.2  two
endif
192.0.2.200 behind
ENDIF
192.0.2.0/24 rest
)",
            {{"'192.0.2.1'", "\"one\""},
             {"'192.0.2.2'", "\"two\""},
             {"'192.0.2.200'", "\"behind\""},
             {"'192.0.2.3'", "\"rest\""},
             {"'198.51.100.1'", "nil"}});
}

TEST_CASE("a CIDR table that can't be read says which line is wrong") {
  check_broken(
      "PostfixCIDRTable",
      {{"# first\n192.0.2.1\n", "InvalidFormatError: table:2: invalid format <192.0.2.1>"},
       {" continues nothing\n", "InvalidFormatError: table:1: invalid format < continues nothing>"},
       {"192.0.2.300 x\n", "InvalidValueError: table:1: invalid address: <192.0.2.300>: <192.0.2.300 x>"},
       {"192.0.2.0/33 x\n", "InvalidValueError: table:1: invalid address: <192.0.2.0/33>: <192.0.2.0/33 x>"},
       {"host.example.com x\n",
        "InvalidValueError: table:1: invalid address: <host.example.com>: <host.example.com x>"},
       {"if 192.0.2.0/24\n", "InvalidFormatError: table:1: invalid format <if 192.0.2.0/24>"},
       {"if 192.0.2.0/24 action\nendif\n",
        "InvalidFormatError: table:1: invalid format <if 192.0.2.0/24 action>"},
       {"endif\n", "InvalidFormatError: table:1: invalid format <endif>"},
       {"192.0.2.1 \xff\n", "InvalidFormatError: table:1: invalid format <192.0.2.1 ?>"}});
}

TEST_CASE("a regexp table answers with the action of the first expression that matches") {
  check_all("PostfixRegexpTable", R"RUBY(
/^bulk-(\d+)@(.*)\.example\.com$/  sender $1 of ${2}, $(1)$1, $$5, $9.
/^Case$/i     case matters
/^twice$/ii   case does not
/one.line/    no line end between
/two.lines/m  also across lines
!/@/          no address: $1
if /@if\./
/^a/          inner
endif
if !/@not\./
/^b@/         not inner
endif
/^b@not/      fell through
|a/b|x        slash
/\/c/         escaped
/@/
   the rest
)RUBY",
            {{"'BULK-7@Mx.Example.com'", "\"sender 7 of Mx, 77, $5, .\""},
             {"'Case'", "\"case matters\""},
             {"'CASE'", "\"no address: $1\""},
             {"'TWICE'", "\"case does not\""},
             {"\"one\\nline@\"", "\"the rest\""},
             {"\"two\\nlines@\"", "\"also across lines\""},
             {"'a@if.example'", "\"inner\""},
             {"'c@if.example'", "\"the rest\""},
             {"'b@example'", "\"not inner\""},
             {"'b@not.example'", "\"fell through\""},
             {"'@not.a/b'", "\"slash\""},
             {"'@not./c'", "\"escaped\""},
             {"\"\\xff@\"", "\"the rest\""},
             {":symbol", "\"no address: $1\""},
             {"nil", "\"no address: $1\""}});
}

TEST_CASE("a regexp table that can't be read says which line is wrong") {
  check_broken(
      "PostfixRegexpTable",
      {{"/a/\n", "InvalidFormatError: table:1: invalid format </a/>"},
       {"/a x\n", "InvalidFormatError: table:1: invalid format </a x>"},
       {"plain x\n", "InvalidFormatError: table:1: invalid format <plain x>"},
       {"/a/q x\n", "InvalidValueError: table:1: unknown flags: <q>: </a/q x>"},
       {"\n/(/ x\n",
        "InvalidValueError: table:2: invalid regular expression: end pattern with unmatched parenthesis: "
        "/(/i: <(>: </(/ x>"},
       {"if /a/\nif /b/\nendif\n/c/ x\n", "InvalidFormatError: table:1: invalid format <if /a/>"},
       {"/a/ x\nendif\n", "InvalidFormatError: table:2: invalid format <endif>"}});
}

TEST_CASE("tables of any size and depth are read or refused") {
  const std::string deep = repeated("if /a/\n", 100) + "/a/ found\n" + repeated("endif\n", 100);
  CHECK(looked_up("PostfixRegexpTable", deep, "'a'") == "\"found\"");
  CHECK(looked_up("PostfixRegexpTable", repeated("if /a/\n", 20000), "'a'") ==
        "Milter::Manager::ConditionTable::InvalidValueError: table:101: if is nested too deep: <101>: <if "
        "/a/>");
  CHECK(looked_up("PostfixCIDRTable", repeated("192.0.2.1 x\n", 5000) + "192.0.2.2 last\n", "'192.0.2.2'") ==
        "\"last\"");
  CHECK(looked_up("PostfixCIDRTable", "192.0.2.1 x\n" + repeated(" y\n", 5000), "'192.0.2.1'").size() ==
        std::string("\"x\"").size() + 10000);
}

TEST_CASE("a table that is read again has the entries of both, and of none of a broken one") {
  const ConfigurationFolder folder(R"RUBY(
require "stringio"
table = Milter::Manager::PostfixCIDRTable.new.load(File.join(load_paths.first, "first"))
begin
  table.parse(StringIO.new("192.0.2.3 three\n192.0.2.4\n"))
rescue Milter::Manager::ConditionTable::InvalidFormatError => error
  security.effective_user = [error.path, error.line, error.text].inspect
end
table.parse(StringIO.new("192.0.2.2 two"))
log.path = (1..3).map { |host| table.find("192.0.2.#{host}") }.inspect
)RUBY");
  folder.write("first", "192.0.2.1 one\n");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->log.path == R"(["one", "two", nil])");
  CHECK(outcome.configuration->security.effective_user == R"X(["(table)", 2, "192.0.2.4"])X");
}
