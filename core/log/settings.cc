// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/settings.h"

#include <fmt/format.h>

#include <string_view>

namespace milter_manager::log {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::optional<Colors> parse_colors(std::string_view text) {
  if (text == "default") return Colors::automatic;
  if (text == "none") return Colors::never;
  if (text == "console") return Colors::always;
  return {};
}

constexpr LevelSet kFatalCriticals = bit(Level::critical);
constexpr LevelSet kFatalWarnings = kFatalCriticals | bit(Level::error) | bit(Level::warning);

// Words separated by blanks, commas, colons or semicolons; others are other programs' business.
LevelSet parse_debug(std::string_view text) {
  LevelSet fatal = kNoLevels;
  while (!text.empty()) {
    const auto end = text.find_first_of(" ,:;\t|");
    const auto word = text.substr(0, end);
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    if (word == "fatal-warnings" || word == "fatal_warnings") fatal |= kFatalWarnings;
    if (word == "fatal-criticals" || word == "fatal_criticals") fatal |= kFatalCriticals;
  }
  return fatal;
}

}  // namespace

std::vector<std::string> apply_environment(Settings& settings, const Environment& environment) {
  std::vector<std::string> warnings;
  const auto warn = [&](const char* name, std::string_view why) {
    warnings.push_back(fmt::format("ignored environment variable {}: {}", name, why));
  };
  const auto levels = [&](const char* name, auto& into, LevelSet current) {
    const char* value = environment(name);
    if (value == nullptr) return;
    if (const auto parsed = parse_levels(value, current)) {
      into = *parsed;
    } else {
      warn(name, parsed.error().message);
    }
  };
  if (const char* value = environment("MILTER_LOG_PATH")) settings.path = value;
  levels("MILTER_LOG_LEVEL", settings.levels, settings.levels);
  levels("MILTER_LOG_SYSLOG_LEVEL", settings.syslog_levels, settings.levels);
  if (const char* value = environment("MILTER_LOG_ITEM")) {
    if (const auto items = parse_items(value, settings.items)) {
      settings.items = *items;
    } else {
      warn("MILTER_LOG_ITEM", items.error().message);
    }
  }
  if (const char* value = environment("MILTER_LOG_COLORIZE")) {
    if (const auto colors = parse_colors(value)) {
      settings.colors = *colors;
    } else {
      warn("MILTER_LOG_COLORIZE", fmt::format("must be default, none or console: <{}>", value));
    }
  }
  if (const char* value = environment("MILTER_LOG_SYSLOG_FACILITY")) settings.syslog_facility = value;
  if (const char* value = environment("MILTER_DEBUG")) settings.fatal |= parse_debug(value);
  return warnings;
}

bool terminal_has_colors(const char* terminal) {
  if (terminal == nullptr) return false;
  const std::string_view name = terminal;
  return ends_with(name, "term") || ends_with(name, "term-color") || ends_with(name, "term-256color") ||
         name == "screen" || name == "linux";
}

}  // namespace milter_manager::log
