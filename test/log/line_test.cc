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
  TimeText times;
  std::string lines;
  for (const auto items : kSets)
    format_line(entry(Level::statistics, "[session][end][body][pass][0.5](7)"), items, false, times, lines);
  for (const auto level : {Level::critical, Level::error, Level::warning, Level::message, Level::info,
                           Level::debug, Level::trace, Level::statistics, Level::profile}) {
    format_line(entry(level, "hello"), bit(Item::level), false, times, lines);
  }
  CHECK(lines == golden("lines.txt"));
}

TEST_CASE("a terminal shows the message in its level's colours") {
  TimeText times;
  std::string line;
  format_line(entry(Level::error, "hello"), kDefaultItems, true, times, line);
  CHECK(line == "[2026-01-02T03:04:05.678901Z]: \033[37;41mhello\033[0m\n");
}

TEST_CASE("whatever a message holds, it is one line") {
  TimeText times;
  std::string line;
  format_line(entry(Level::message, std::string("a\nb\r\tc\x7f\0d\x1b[0m \xc3\xa9", 16)), 0, false, times,
              line);
  CHECK(line == "a\\x0ab\\x0d\\x09c\\x7f\\x00d\\x1b[0m \xc3\xa9\n");
  line.clear();
  format_line(entry(Level::message, std::string(1000000, 'x')), 0, false, times, line);
  CHECK(line.size() == 65536 + 1);
}

TEST_CASE("syslog gets priority, local time, program and process") {
  setenv("TZ", "UTC", 1);
  tzset();
  TimeText times;
  std::string lines;
  for (const auto level : {Level::critical, Level::error, Level::warning, Level::message, Level::info,
                           Level::debug, Level::trace, Level::statistics, Level::profile}) {
    format_syslog(entry(level, "two\nlines"), LOG_MAIL, times, lines);
    lines += '\n';
  }
  auto late = entry(Level::error, "in December");
  late.time += std::chrono::hours(24 * 340);
  format_syslog(late, LOG_LOCAL7, times, lines);
  lines += '\n';
  CHECK(lines == golden("syslog.txt"));
}

TEST_CASE("each line has its own time, whether its second was the last one's or not") {
  setenv("TZ", "UTC", 1);
  tzset();
  using std::chrono::microseconds;
  TimeText times;
  std::string text;
  for (const auto since : {microseconds(0), microseconds(1), microseconds(999999), microseconds(1000000),
                           microseconds(1), microseconds(-1), microseconds(86400000000)}) {
    const TimeText::Time time{since};
    text += times.utc(time);
    text += ", ";
    text += times.local(time);
    text += '\n';
  }
  CHECK(text ==
        "1970-01-01T00:00:00.000000Z, Jan  1 00:00:00\n"
        "1970-01-01T00:00:00.000001Z, Jan  1 00:00:00\n"
        "1970-01-01T00:00:00.999999Z, Jan  1 00:00:00\n"
        "1970-01-01T00:00:01.000000Z, Jan  1 00:00:01\n"
        "1970-01-01T00:00:00.000001Z, Jan  1 00:00:00\n"
        "1969-12-31T23:59:59.999999Z, Dec 31 23:59:59\n"
        "1970-01-02T00:00:00.000000Z, Jan  2 00:00:00\n");
}

TEST_CASE("a control byte is found wherever it is") {
  TimeText times;
  for (std::size_t at = 0; at < 100; ++at) {
    CAPTURE(at);
    std::string message(100, static_cast<char>(at % 3 == 0 ? 0xff : at % 3 == 1 ? 0x80 : 0x20));
    const std::string clean = message;
    message[at] = at % 2 == 0 ? '\x7f' : '\x1f';
    std::string line;
    format_line(entry(Level::message, message), 0, false, times, line);
    CHECK(line == clean.substr(0, at) + (at % 2 == 0 ? "\\x7f" : "\\x1f") + clean.substr(at + 1) + "\n");
  }
}

TEST_CASE("syslog facilities are known by name, in any case") {
  CHECK(facility_of("mail") == LOG_MAIL);
  CHECK(facility_of("LOCAL3") == LOG_LOCAL3);
  CHECK(facility_of("auth") == LOG_AUTHPRIV);
  CHECK(facility_of("daemon") == LOG_DAEMON);
  CHECK(facility_of("nonsense") == LOG_MAIL);
}

}  // namespace milter_manager::log
