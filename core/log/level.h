// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::log {

// What a line is about. Levels are independent of each other: "debug" does not include "error".
enum class Level : std::uint32_t {
  critical = 2,
  error = 4,
  warning = 8,
  message = 16,
  info = 32,
  debug = 64,
  trace = 128,
  statistics = 256,  // the events of core/statistics
  profile = 512,
};
using LevelSet = std::uint32_t;
constexpr LevelSet bit(Level level) { return static_cast<LevelSet>(level); }
inline constexpr LevelSet kNoLevels = 0;
inline constexpr LevelSet kAllLevels = 1022;
inline constexpr LevelSet kDefaultLevels = bit(Level::critical) | bit(Level::error) | bit(Level::warning) |
                                           bit(Level::message) | bit(Level::statistics);

// What stands before the message in a line of the file or the terminal.
enum class Item : std::uint32_t { domain = 2, level = 4, location = 8, time = 16, name = 32, pid = 64 };
using ItemSet = std::uint32_t;
constexpr ItemSet bit(Item item) { return static_cast<ItemSet>(item); }
inline constexpr ItemSet kAllItems = 126;
inline constexpr ItemSet kDefaultItems = bit(Item::time);

// Reads a set as people write it: names joined by "|".
//
//   "error|warning"      these two
//   "all|-trace"         all but one
//   "+debug"             `current` and one more
//   "-statistics"        `current` without one
//   "default", "none"    the default set, the empty one
//
// Error: "unknown flag names: [<loud>|<louder>](<LogLevel>)", and nothing is changed.
Result<LevelSet> parse_levels(std::string_view text, LevelSet current = kDefaultLevels);
Result<ItemSet> parse_items(std::string_view text, ItemSet current = kDefaultItems);

// "critical"; "critical|error".
std::string_view name_of(Level level);
std::string level_names(LevelSet levels);

}  // namespace milter_manager::log
