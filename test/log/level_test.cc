// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/level.h"

#include <catch2/catch.hpp>

namespace milter_manager::log {

TEST_CASE("log levels are read as people write them") {
  constexpr LevelSet kCurrent = bit(Level::error) | bit(Level::info);
  struct Row {
    const char *text, *names;
  };
  const Row rows[] = {
      {"error", "error"},
      {"critical|error|warning", "critical|error|warning"},
      {"all", "critical|error|warning|message|info|debug|trace|statistics|profile"},
      {"all|-trace|-debug", "critical|error|warning|message|info|statistics|profile"},
      {"default", "critical|error|warning|message|statistics"},
      {"default|debug", "critical|error|warning|message|debug|statistics"},
      {"none", "none"},
      {"", "none"},
      {"+debug", "error|info|debug"},
      {"+debug|trace", "error|info|debug|trace"},
      {"+debug|-error", "info|debug"},
      {"-info", "error"},
      {"-info|statistics", "error|statistics"},
      {"statistics|-statistics", "none"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto levels = parse_levels(row.text, kCurrent);
    REQUIRE(levels);
    CHECK(level_names(*levels) == row.names);
    CHECK(parse_levels(level_names(*levels)) == *levels);
  }
  CHECK(level_names(*parse_levels("+debug")) == "critical|error|warning|message|debug|statistics");
}

TEST_CASE("items of a line are read as people write them") {
  CHECK(*parse_items("level|time") == (bit(Item::level) | bit(Item::time)));
  CHECK(*parse_items("+pid") == (bit(Item::time) | bit(Item::pid)));
  CHECK(*parse_items("all") == kAllItems);
  CHECK(*parse_items("none") == 0);
}

TEST_CASE("unknown names of levels and items are all said") {
  CHECK(parse_levels("error|loud|+louder|-").error().message ==
        "unknown flag names: [<loud>|<louder>|<>](<LogLevel>)");
  CHECK(parse_levels("Error").error().message == "unknown flag names: [<Error>](<LogLevel>)");
  CHECK(parse_items("time|colour").error().message == "unknown flag names: [<colour>](<LogItem>)");
}

}  // namespace milter_manager::log
