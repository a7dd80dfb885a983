// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/file_sink_line.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/maillog/line_parser.h"

using namespace milter_manager::maillog;

namespace {

struct Case {
  const char* line;
  bool statistics;
  std::uint32_t pid;
  const char* text;
};

}  // namespace

TEST_CASE("lines of the manager's own log file are read with any choice of items", "[maillog]") {
  const auto c = GENERATE(
      Case{"[2026-01-02T03:04:05.678901Z]: [session][end][body][pass][1](7)", true, 0,
           "[session][end][body][pass][1](7)"},
      Case{"[statistics][2026-01-02T03:04:05.678901Z]: [session][end][body][pass][1](7)", true, 0,
           "[session][end][body][pass][1](7)"},
      Case{"[statistics][milter-manager][2026-01-02T03:04:05.678901Z] [812]: [x]", true, 812, "[x]"},
      Case{"[2026-01-02T03:04:05.678901Z] [milter-manager]: [heartbeat][60", true, 0, "[heartbeat][60"},
      Case{"[2026-01-02T03:04:05.678901Z]: [7] [session] connected", false, 0, "[7] [session] connected"},
      Case{"[warning][2026-01-02T03:04:05.678901Z]: [milter][end]", false, 0, "[milter][end]"},
      Case{"[2026-01-02T03:04:05.678901Z]: ", false, 0, ""});
  INFO(c.line);
  const auto parsed = parse_file_sink_line(c.line);
  REQUIRE(parsed);
  CHECK(parsed->statistics == c.statistics);
  CHECK(parsed->pid == c.pid);
  CHECK(parsed->text == c.text);
  CHECK(seconds_as_utc(parsed->stamp, parsed->stamp.year) == 1767323045);
  CHECK(parsed->stamp.microseconds == 678901);
  CHECK(parsed->stamp.offset == 0);
}

TEST_CASE("what is no line of the manager's own log file is not taken for one", "[maillog]") {
  const auto* line = GENERATE(
      "", "[", "[]", "[]: x", "[2026-01-02T03:04:05Z", "[2026-01-02T03:04:05Z]", "[2026-13-02T03:04:05Z]: x",
      "[2026-01-02T03:04:05Z] x", "[2026-01-02T03:04:05Z] [812", "[Jan  2 03:04:05]: x",
      "[statistics]: [session][end]", "[2026-01-02T03:04:05.00000000000000000000000000000000Z]: x",
      "2026-01-02T03:04:05Z mx milter-manager[1]: [statistics] [session][end]");
  INFO(line);
  CHECK_FALSE(parse_file_sink_line(line));
}

TEST_CASE("the manager's own log file is a log like any other, of this host", "[maillog]") {
  LineParser parser("milter-manager", 1767400000);
  const auto parsed = parser.parse("[2026-01-02T03:04:05.250000Z]: [session][disconnected][1](7)");
  REQUIRE(parsed);
  CHECK(parsed->time == 1767323045.25);
  CHECK(parsed->host->name == "localhost");
  CHECK(parsed->host->clock.newest() == 1767323045.25);
  CHECK(parsed->pid == 0);
  CHECK(parsed->text == "[session][disconnected][1](7)");

  CHECK(parser.parse("[2026-01-02T03:04:06.000000Z]: milter-manager 3.0.0 starts").error() ==
        Rejection::no_statistics);
  CHECK(parser.parse("[session][disconnected][1](7)").error() == Rejection::no_stamp);
}
