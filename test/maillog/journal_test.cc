// SPDX-License-Identifier: GPL-3.0-or-later
// The journal's two ways of writing entries down.
#include <catch2/catch.hpp>

#include "core/maillog/journal_export.h"
#include "core/maillog/journal_json.h"
#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

using Records = std::vector<std::string>;
constexpr double kNow = 1789430400;

std::string json(const std::string& members) {
  return R"J({"__REALTIME_TIMESTAMP":"1789344804135747","_HOSTNAME":"mail",)J" + members + "}\n";
}
const std::string kOurs = R"J("SYSLOG_IDENTIFIER":"milter-manager","SYSLOG_PID":"12",)J";
const Records kStart = {"1789344804.135747 mail 12 [session][start](1)"};

std::string field(const std::string& name, const std::string& value) { return name + "=" + value + "\n"; }
std::string binary(const std::string& name, const std::string& value, std::uint64_t length) {
  std::string out = name + "\n";
  for (int i = 0; i < 8; ++i) out += static_cast<char>(static_cast<unsigned char>(length >> (8 * i)));
  return out + value + "\n";
}
std::string binary(const std::string& name, const std::string& value) {
  return binary(name, value, value.size());
}
const std::string kHead = field("__CURSOR", "s=0;i=1") + field("__REALTIME_TIMESTAMP", "1789344804135747") +
                          field("_HOSTNAME", "mail") + field("SYSLOG_IDENTIFIER", "milter-manager") +
                          field("SYSLOG_PID", "12");

TEST_CASE("an entry of the journal is read from JSON, however it is written") {
  struct Case {
    const char* what;
    std::string log;
  };
  for (
      const Case& c : {
          Case{"plain", json(kOurs + R"J("MESSAGE":"[statistics] [session][start](1)")J")},
          Case{"blanks", R"J( {"__REALTIME_TIMESTAMP" : "1789344804135747" , "_HOSTNAME":"mail",)J" + kOurs +
                             R"J( "MESSAGE" : "[statistics] [session][start](1)" } )J" + "\n"},
          Case{"escapes", json(kOurs + R"J("MESSAGE":"[statistics] \u005bsession][start]\u00281)")J")},
          Case{"bytes",
               json(kOurs + R"J("MESSAGE":[91,115,116,97,116,105,115,116,105,99,115,93,32,91,115,101,)J"
                            R"J(115,115,105,111,110,93,91,115,116,97,114,116,93,40,49,41])J")},
          Case{"several values",
               json(kOurs + R"J("MESSAGE":["[statistics] [session][start](1)","x",[1,2],null])J")},
          Case{"other fields", json(R"J("A":null,"B":[1,2,3],"C":["x",[1]],"D":12.5e3,"E":true,"F":[],)J" +
                                    kOurs + R"J("MESSAGE":"[statistics] [session][start](1)")J")},
          Case{"in any order",
               json(R"J("MESSAGE":"[statistics] [session][start](1)",)J" + kOurs + R"J("X":"")J")},
          Case{"the daemon's own names", json(R"J("_COMM":"milter-manager","_PID":"12",)J"
                                              R"J("MESSAGE":"[statistics] [session][start](1)")J")},
          Case{"the sender's names before the daemon's",
               json(kOurs + R"J("_COMM":"ruby","_PID":"99","MESSAGE":"[statistics] [session][start](1)")J")},
          Case{
              "the sender's time before the daemon's",
              R"J({"_SOURCE_REALTIME_TIMESTAMP":"1789344804135747","__REALTIME_TIMESTAMP":"1789344999000000",)J"
              R"J("_HOSTNAME":"mail",)J" +
                  kOurs + R"J("MESSAGE":"[statistics] [session][start](1)"})J" + "\n"},
      }) {
    CAPTURE(c.what);
    CHECK(records_of(c.log.substr(c.log.find('{')), kNow) == kStart);
  }
}

TEST_CASE("JSON's escapes are undone, also in pairs") {
  JournalJson json_reader;
  JournalEntry entry;
  REQUIRE(json_reader.read(R"J({"MESSAGE":"a\"\\\/\b\f\n\r\t\u0001\u00e9\u65e5\ud83d\ude00z"})J", entry));
  CHECK(entry.text == "a\"\\/\b\f\n\r\t\x01\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80z");
}

TEST_CASE("what is no JSON of a journal is not understood, and harms nothing") {
  for (const char* line : {
           "{",
           "{}x",
           "{\"a\"}",
           "{\"a\":}",
           "{\"a\":\"b\",}",
           "{\"a\":\"b\"",
           "{\"a\":\"b\\",
           "{\"a\":\"\\x\"}",
           "{\"a\":\"\\u12\"}",
           "{\"a\":\"\\ud800\"}",
           "{\"a\":\"\\ud800\\u0041\"}",
           "{\"a\":\"\\udc00\"}",
           "{\"a\":[256]}",
           "{\"a\":[-1]}",
           "{\"a\":[1,]}",
           "{\"a\":[1",
           "{\"a\":[[[1]]]}",
           "{\"a\":{\"b\":1}}",
           "{1:2}",
       }) {
    CAPTURE(line);
    LineCounts counts;
    CHECK(records_of(std::string(line) + "\n", kNow, &counts).empty());
    CHECK(counts.no_stamp == 1);
  }
}

TEST_CASE("an entry without a time or a host has no place") {
  LineCounts counts;
  const std::string text = R"J("MESSAGE":"[statistics] [session][start](1)"})J";
  CHECK(records_of(R"J({"_HOSTNAME":"mail",)J" + kOurs + text + "\n" +
                       R"J({"__REALTIME_TIMESTAMP":"1789344804135747",)J" + kOurs + text + "\n" +
                       R"J({"__REALTIME_TIMESTAMP":"99999999999999999999","_HOSTNAME":"mail",)J" + kOurs +
                       text + "\n" + R"J({"__REALTIME_TIMESTAMP":"-1","_HOSTNAME":"mail",)J" + kOurs + text +
                       "\n",
                   kNow, &counts)
            .empty());
  CHECK(counts.no_stamp == 4);
}

TEST_CASE("a text that the journal's JSON leaves out counts as cut, if it is the program's") {
  LineCounts counts;
  records_of(json(kOurs + R"J("MESSAGE":null)J") + json(R"J("SYSLOG_IDENTIFIER":"smtpd","MESSAGE":null)J"),
             kNow, &counts);
  CHECK(counts.cut == 1);
  CHECK(counts.other_programs == 1);
}

TEST_CASE("rsyslog's escapes are no escapes in a journal") {
  const Records records = records_of(
      json(kOurs + R"J("MESSAGE":"[statistics] [milter][header][add](1): <X>=<a#012b>: m")J"), kNow);
  REQUIRE(records.size() == 1);
  // As an event is written now, "#" before digits is escaped.
  CHECK(records[0].find("\\x23012b") != std::string::npos);
}

TEST_CASE("entries of the journal's export format are read") {
  const std::string text = field("MESSAGE", "[statistics] [session][start](1)");
  CHECK(records_of(kHead + text + "\n", kNow) == kStart);
  CHECK(records_of(kHead + text + "\n\n" + kHead + text + "\n", kNow) == Records{kStart[0], kStart[0]});
  CHECK(records_of(kHead + binary("MESSAGE", "[statistics] [session][start](1)") + "\n", kNow) == kStart);
  // A value with everything that ends a line, a field or an entry.
  CHECK(records_of(kHead + binary("COREDUMP", "a\n\nMESSAGE=x\n\n" + std::string(1, '\0')) + text + "\n",
                   kNow) == kStart);
}

TEST_CASE("a long field of an export is passed over, in whatever pieces it comes") {
  const std::string log = kHead + binary("COREDUMP", std::string(3 * LineReader::kBuffer, '\n')) +
                          field("MESSAGE", "[statistics] [session][start](1)") + "\n";
  Records records;
  Stream::Settings settings;
  settings.now = kNow;
  Stream stream(settings, [&](const Record& record) { records.push_back(as_text(record)); });
  MemorySource source(log, 1000);
  CHECK(stream.read(source, "x").value() == log.size());
  CHECK(records == kStart);
}

TEST_CASE("an entry that the export ends in waits for its rest") {
  const std::string first = kHead + field("MESSAGE", "[statistics] [session][start](1)") + "\n";
  const std::string second = kHead + binary("MESSAGE", "[statistics] [session][start](1)");
  for (std::size_t size = 1; size <= second.size(); ++size) {
    CAPTURE(size);
    Records records;
    Stream::Settings settings;
    settings.now = kNow;
    Stream stream(settings, [&](const Record& record) { records.push_back(as_text(record)); });
    MemorySource source(first + second.substr(0, size));
    CHECK(stream.read(source, "x").value() == first.size());
    CHECK(records == kStart);
  }
}

TEST_CASE("a malformed entry of an export is counted, and the next is read") {
  const std::string good = kHead + field("MESSAGE", "[statistics] [session][start](1)") + "\n";
  for (const std::string& bad : {kHead + "lower=x\n\n", kHead + "=x\n\n", kHead + "1A=x\n\n",
                                 kHead + binary("MESSAGE", "abc", UINT64_MAX) + "\n",
                                 kHead + binary("MESSAGE", "abcdefgh\n", 3) + "\n"}) {
    LineCounts counts;
    CHECK(records_of(bad + good, kNow, &counts) == kStart);
    CHECK(counts.no_stamp == 1);
    CHECK(counts.lines == 2);
  }
}

}  // namespace
}  // namespace milter_manager::maillog
