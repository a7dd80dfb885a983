// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/line_parser.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/maillog/rsyslog_escape.h"
#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

constexpr double kNow = 1789430400;  // 2026-09-15 00:00 UTC

TEST_CASE("statistics lines are found in every form in which syslog writes them") {
  ScopedTimeZone zone("UTC");
  for (const std::string line : {
           "Sep 14 00:13:24 mail milter-manager[9612]: [statistics] text",
           "Sep 14 00:13:24 mail milter-manager[9612]:  [statistics] text",
           "Sep 14 00:13:24 mail milter-manager[9612]: [ID 197553 mail.info] [statistics] text",
           "2026-09-14T00:13:24+00:00 mail milter-manager[9612]: [statistics] text",
           "2026-09-14T02:13:24.000000+02:00 mail milter-manager[9612]:  [statistics] text",
           "<22>Sep 14 00:13:24 mail milter-manager[9612]: [statistics] text",
           "<22>1 2026-09-14T00:13:24.000000+00:00 mail milter-manager 9612 - -  [statistics] text",
           "<22>1 2026-09-14T00:13:24Z mail milter-manager 9612 ID47 - [statistics] text",
           "<191>1 2026-09-14T00:13:24Z mail milter-manager 9612 - - \xef\xbb\xbf[statistics] text",
           "<22>1 2026-09-14T00:13:24Z mail milter-manager 9612 - [a@1 x=\"[statistics] ]\\\"\"][b] "
           "[statistics] text",
       }) {
    CAPTURE(line);
    LineParser parser("milter-manager", kNow);
    const auto parsed = parser.parse(line);
    REQUIRE(parsed);
    CHECK(parsed->time == 1789344804);
    CHECK(parsed->host->name == "mail");
    CHECK(parsed->pid == 9612);
    CHECK(parsed->text == "text");
  }
}

TEST_CASE("a host may have any name") {
  LineParser parser("milter-manager", kNow);
  for (const std::string host :
       {"mx1.example.org", "2001:db8::25", "[2001:db8::25]", "192.0.2.1", "m\xc3\xbcller", "a_b"}) {
    const auto parsed = parser.parse("Sep 14 00:13:24 " + host + " milter-manager[1]: [statistics] x");
    REQUIRE(parsed);
    CHECK(parsed->host->name == host);
  }
}

TEST_CASE("lines that only look like statistics do not count") {
  LineParser parser("milter-manager", kNow);
  const std::pair<const char*, Rejection> lines[] = {
      {"", Rejection::no_stamp},
      {"milter-manager[1]: [statistics] [session][end][0](1)", Rejection::no_stamp},
      {"Sep 14 00:13:24 milter-manager[1]:", Rejection::no_stamp},
      {"Sep 14 00:13:24 milter-manager[1]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager-watch[1]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manage[1]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail Milter-manager[1]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager[]: [statistics] x", Rejection::other_program},
      {"<>Sep 14 00:13:24 mail milter-manager[1]: [statistics] x", Rejection::no_stamp},
      {"<22 Sep 14 00:13:24 mail milter-manager[1]: [statistics] x", Rejection::no_stamp},
      {"<22>", Rejection::no_stamp},
      {"<22>1 ", Rejection::no_stamp},
      {"<22>1 - mail milter-manager 1 - - [statistics] x", Rejection::no_stamp},
      {"<22>1 2026-09-14T00:13:24Z mail milter-manager 1 - [a [statistics", Rejection::no_stamp},
      {"<22>1 2026-09-14T00:13:24Z mail milter-manager 1 - [a \"] [statistics] x", Rejection::no_stamp},
      {"<22>1 2026-09-14T00:13:24Z mail milter-manager 1 - x [statistics] x", Rejection::no_stamp},
      {"<22>1 2026-09-14T00:13:24Z mail milter-manage 1 - - [statistics] x", Rejection::other_program},
      {"<22>1 2026-09-14T00:13:24Z mail other milter-manager[1]: [statistics] x", Rejection::other_program},
      {"<22>1 2026-09-14T00:13:24Z mail milter-manager 1 - - x [statistics] x", Rejection::no_statistics},
      {"<22>1 2026-09-14T00:13:24Z mail milter-manager 1 - -", Rejection::no_statistics},
      {"Sep 14 00:13:24 mail milter-manager[-1]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager[4294967296]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager[1][statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager[1]:[statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager[1]]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager[1] x milter-manager[1]: [statistics] x",
       Rejection::no_statistics},
      {"Sep 14 00:13:24 mail postfix/smtpd[1]: milter-manager[1]: [statistics] x", Rejection::other_program},
      {"Sep 14 00:13:24 mail postfix/smtpd[1]: Sep 14 00:13:24 mail milter-manager[1]: [statistics] x",
       Rejection::other_program},
      {"Sep 14 00:13:24 mail milter-manager[1]: x [statistics] x", Rejection::no_statistics},
      {"Sep 14 00:13:24 mail milter-manager[1]: [statistics]x", Rejection::no_statistics},
      {"Sep 14 00:13:24 mail milter-manager[1]: [statistics]", Rejection::no_statistics},
      {"Sep 14 00:13:24 mail milter-manager[1]: [warning] [statistics] x", Rejection::no_statistics},
      {"Sep 14 00:13:24 mail milter-manager[1]: [ID 1 mail.info", Rejection::no_statistics},
      {"Sep 14 00:13:24 mail milter-manager[1]: ", Rejection::no_statistics},
  };
  for (const auto& [line, rejection] : lines) {
    CAPTURE(line);
    const auto parsed = parser.parse(line);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error() == rejection);
  }
}

TEST_CASE("a line that was forwarded as RFC 5424 has no colon behind the process, and counts") {
  LineParser parser("milter-manager", kNow);
  for (const char* line : {"Sep 14 00:13:24 mail milter-manager[77] [statistics] x",
                           "2026-09-14T00:13:24Z mail milter-manager[77] [statistics] x",
                           "2026-09-14T00:13:24Z mail milter-manager[77]: [statistics] x"}) {
    CAPTURE(line);
    const auto parsed = parser.parse(line);
    REQUIRE(parsed);
    CHECK(parsed->pid == 77);
    CHECK(parsed->text == "x");
  }
}

TEST_CASE("lines of many processes and hosts are told apart, whatever stood in the line before") {
  LineParser parser("milter-manager", kNow);
  for (const char* host : {"mail", "mail2", "mai", "m"}) {
    for (const std::uint32_t pid : {7U, 77U, 777U, 7U, 4294967295U}) {
      for (const std::string end : {"]: ", "] "}) {
        const std::string line = std::string("2026-09-14T00:13:24Z ") + host + " milter-manager[" +
                                 std::to_string(pid) + end + "[statistics] x";
        CAPTURE(line);
        const auto parsed = parser.parse(line);
        REQUIRE(parsed);
        CHECK(parsed->pid == pid);
        CHECK(parsed->host->name == host);
      }
    }
  }
}

TEST_CASE("the program may have another name") {
  LineParser parser("my-manager", kNow);
  CHECK(parser.parse("Sep 14 00:13:24 mail my-manager[1]: [statistics] x"));
  CHECK_FALSE(parser.parse("Sep 14 00:13:24 mail milter-manager[1]: [statistics] x"));
}

TEST_CASE("lines of other programs move their hosts' clocks") {
  ScopedTimeZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  LineParser parser("milter-manager", 1793000000);  // 2026-10-26
  const std::string statistics = " mail milter-manager[1]: [statistics] x";
  const double first = parser.parse("Oct 25 02:10:00" + statistics)->time;
  CHECK_FALSE(parser.parse("Oct 25 02:59:59 mail postfix/smtpd[1]: x"));
  CHECK_FALSE(parser.parse("Oct 25 02:00:01 mail postfix/smtpd[1]: x"));
  CHECK(parser.parse("Oct 25 02:10:00" + statistics)->time == first + 3600);
  // Another host's order is its own.
  CHECK(parser.parse("Oct 25 02:20:00 other milter-manager[1]: [statistics] x")->time == first + 600);
}

TEST_CASE("the hosts that are remembered do not grow without end") {
  LineParser parser("milter-manager", kNow);
  for (std::size_t i = 0; i < 3 * Hosts::kMaximum; ++i) {
    const std::string name = "host" + std::to_string(i);
    const auto parsed = parser.parse("2026-09-14T00:13:24Z " + name + " milter-manager[1]: [statistics] x");
    REQUIRE(parsed);
    CHECK(parsed->host->name == name);
  }
  CHECK(parser.hosts().size() <= Hosts::kMaximum);
}

TEST_CASE("a host that still writes is remembered when others are forgotten") {
  LineParser parser("milter-manager", kNow);
  const auto number_of = [&](const std::string& name, const std::string& time) {
    return parser.parse("2026-09-14T" + time + "Z " + name + " milter-manager[1]: [statistics] x")
        ->host->number;
  };
  number_of("old", "00:00:00");
  const auto number = number_of("mail", "12:00:00");
  for (std::size_t i = 0; i < Hosts::kMaximum; ++i) number_of("host" + std::to_string(i), "01:00:00");
  CHECK(number_of("mail", "12:00:01") == number);
}

TEST_CASE("what rsyslog makes of control bytes is undone") {
  std::string scratch;
  const std::pair<const char*, std::string> texts[] = {
      {"nothing", "nothing"},
      {"a;#012#011b", "a;\n\tb"},
      {"#000#033#037#177", std::string("\0\x1b\x1f\x7f", 4)},
      {"#040 #101 #303 #200 #777 #089 #08 #", "#040 #101 #303 #200 #777 #089 #08 #"},
      {"##012#", "#\n#"},
      {"#0#011", "#0\t"},
  };
  for (const auto& [written, meant] : texts) CHECK(undo_rsyslog_escapes(written, scratch) == meant);
}

}  // namespace
}  // namespace milter_manager::maillog
