// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/settings.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

namespace milter_manager::log {
namespace {

Environment environment(const std::map<std::string, const char*>& variables) {
  return [variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second;
  };
}

}  // namespace

TEST_CASE("environment variables beat the settings") {
  Settings settings;
  const auto warnings = apply_environment(settings, environment({{"MILTER_LOG_PATH", "/tmp/a.log"},
                                                                 {"MILTER_LOG_LEVEL", "+debug"},
                                                                 {"MILTER_LOG_ITEM", "all"},
                                                                 {"MILTER_LOG_COLORIZE", "console"},
                                                                 {"MILTER_LOG_SYSLOG_FACILITY", "local1"},
                                                                 {"MILTER_LOG_SYSLOG_LEVEL", "statistics"},
                                                                 {"MILTER_DEBUG", "gc, fatal_criticals"}}));
  CHECK(warnings.empty());
  CHECK(settings.path == "/tmp/a.log");
  CHECK(settings.levels == (kDefaultLevels | bit(Level::debug)));
  CHECK(settings.items == kAllItems);
  CHECK(settings.colors == Colors::always);
  CHECK(settings.syslog_facility == "local1");
  CHECK(settings.syslog_levels == bit(Level::statistics));
  CHECK(settings.fatal == bit(Level::critical));
}

TEST_CASE("values that are none are warned of and ignored") {
  Settings settings;
  const auto warnings = apply_environment(settings, environment({{"MILTER_LOG_LEVEL", "loud"},
                                                                 {"MILTER_LOG_ITEM", "shape"},
                                                                 {"MILTER_LOG_COLORIZE", "yes"},
                                                                 {"MILTER_LOG_SYSLOG_LEVEL", "quiet"}}));
  CHECK(warnings ==
        std::vector<std::string>{
            "ignored environment variable MILTER_LOG_LEVEL: unknown flag names: [<loud>](<LogLevel>)",
            "ignored environment variable MILTER_LOG_SYSLOG_LEVEL: unknown flag names: [<quiet>](<LogLevel>)",
            "ignored environment variable MILTER_LOG_ITEM: unknown flag names: [<shape>](<LogItem>)",
            "ignored environment variable MILTER_LOG_COLORIZE: must be default, none or console: <yes>"});
  CHECK(settings.levels == kDefaultLevels);
  CHECK(settings.items == kDefaultItems);
  CHECK(settings.colors == Colors::automatic);
  CHECK_FALSE(settings.syslog_levels);
}

TEST_CASE("terminals with colours are known by name") {
  for (const char* name : {"xterm", "xterm-color", "xterm-256color", "screen", "linux"})
    CHECK(terminal_has_colors(name));
  for (const char* name : {"dumb", "", "vt100"}) CHECK_FALSE(terminal_has_colors(name));
  CHECK_FALSE(terminal_has_colors(nullptr));
}

}  // namespace milter_manager::log
