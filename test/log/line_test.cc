// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/line.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <vector>

namespace milter_manager::log {
namespace {

Entry entry(Level level, std::string_view message) {
  Entry result;
  result.level = level;
  result.message = message;
  result.location = {"core/proxy/server.cc", 12, "listen"};
  // 2026-01-02T03:04:05.678901Z
  result.time = std::chrono::system_clock::time_point(std::chrono::microseconds(1767323045678901));
  result.program = "milter-manager";
  result.pid = 77;
  return result;
}

std::string golden(const std::string& name) {
  std::ifstream file(TEST_SOURCE_DIR "/golden/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a line of the file has the items that were asked for, in their order") {
  constexpr ItemSet kSets[] = {
      0,
      kDefaultItems,
      bit(Item::level) | bit(Item::time),
      bit(Item::level) | bit(Item::domain) | bit(Item::time),
      bit(Item::time) | bit(Item::name),
      bit(Item::time) | bit(Item::pid),
      bit(Item::pid),
      bit(Item::name) | bit(Item::pid),
      bit(Item::location),
      bit(Item::time) | bit(Item::location),
      kAllItems,
  };
  std::string lines;
  for (const auto items : kSets)
    format_line(entry(Level::statistics, "[session][end][body][pass][0.5](7)"), items, false, lines);
  for (const auto level : {Level::critical, Level::error, Level::warning, Level::message, Level::info,
                           Level::debug, Level::trace, Level::statistics, Level::profile}) {
    format_line(entry(level, "hello"), bit(Item::level), false, lines);
  }
  CHECK(lines == golden("lines.txt"));
}

TEST_CASE("a terminal shows the message in its level's colours") {
  std::string line;
  format_line(entry(Level::error, "hello"), kDefaultItems, true, line);
  CHECK(line == "[2026-01-02T03:04:05.678901Z]: \033[37;41mhello\033[0m\n");
}

TEST_CASE("whatever a message holds, it is one line") {
  std::string line;
  format_line(entry(Level::message, std::string("a\nb\r\tc\x7f\0d\x1b[0m \xc3\xa9", 16)), 0, false, line);
  CHECK(line == "a\\x0ab\\x0d\\x09c\\x7f\\x00d\\x1b[0m \xc3\xa9\n");
  line.clear();
  format_line(entry(Level::message, std::string(1000000, 'x')), 0, false, line);
  CHECK(line.size() == 65536 + 1);
}

TEST_CASE("syslog gets priority, local time, program and process") {
  setenv("TZ", "UTC", 1);
  tzset();
  std::string lines;
  for (const auto level : {Level::critical, Level::error, Level::warning, Level::message, Level::info,
                           Level::debug, Level::trace, Level::statistics, Level::profile}) {
    format_syslog(entry(level, "two\nlines"), LOG_MAIL, lines);
    lines += '\n';
  }
  auto late = entry(Level::error, "in December");
  late.time += std::chrono::hours(24 * 340);
  format_syslog(late, LOG_LOCAL7, lines);
  lines += '\n';
  CHECK(lines == golden("syslog.txt"));
}

TEST_CASE("syslog facilities are known by name, in any case") {
  CHECK(facility_of("mail") == LOG_MAIL);
  CHECK(facility_of("LOCAL3") == LOG_LOCAL3);
  CHECK(facility_of("auth") == LOG_AUTHPRIV);
  CHECK(facility_of("daemon") == LOG_DAEMON);
  CHECK(facility_of("nonsense") == LOG_MAIL);
}

}  // namespace milter_manager::log
