// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/log/level.h"

namespace milter_manager::log {

enum class Colors : std::uint8_t {
  automatic,  // where standard output is a terminal that knows them
  never,
  always,
};

struct Settings {
  std::string program = "milter-manager";  // syslog's ident, and the item "name"
  LevelSet levels = kDefaultLevels;
  ItemSet items = kDefaultItems;
  Colors colors = Colors::automatic;
  bool use_output = true;  // the file or standard output at all
  std::string path;        // "" or "-": standard output

  bool use_syslog = false;
  std::string syslog_facility = "mail";
  std::optional<LevelSet> syslog_levels;  // none: `levels`
  std::string syslog_socket = "/dev/log";

  LevelSet fatal = kNoLevels;  // a line of these ends the process with a core dump, for those who hunt a bug
};

// Gives an environment variable's value, nullptr for none: std::getenv.
using Environment = std::function<const char*(const char* name)>;

// MILTER_LOG_PATH, MILTER_LOG_LEVEL, MILTER_LOG_ITEM, MILTER_LOG_COLORIZE (default, none, console),
// MILTER_LOG_SYSLOG_FACILITY, MILTER_LOG_SYSLOG_LEVEL and MILTER_DEBUG (fatal-warnings, fatal-criticals) beat
// what the settings say. Gives a warning for each value that is none; it is ignored.
std::vector<std::string> apply_environment(Settings& settings, const Environment& environment);

// Whether a terminal of this name (TERM's value, may be null) shows colours.
bool terminal_has_colors(const char* terminal);

}  // namespace milter_manager::log
