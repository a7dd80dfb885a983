// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/level.h"

#include <fmt/format.h>

#include <vector>

namespace milter_manager::log {
namespace {

struct Flag {
  std::string_view name;
  std::uint32_t bits;
};

constexpr Flag kLevels[] = {
    {"critical", bit(Level::critical)}, {"error", bit(Level::error)},
    {"warning", bit(Level::warning)},   {"message", bit(Level::message)},
    {"info", bit(Level::info)},         {"debug", bit(Level::debug)},
    {"trace", bit(Level::trace)},       {"statistics", bit(Level::statistics)},
    {"profile", bit(Level::profile)},   {"all", kAllLevels},
    {"default", kDefaultLevels},        {"none", 0},
};

constexpr Flag kItems[] = {
    {"domain", bit(Item::domain)},
    {"level", bit(Item::level)},
    {"location", bit(Item::location)},
    {"time", bit(Item::time)},
    {"name", bit(Item::name)},
    {"pid", bit(Item::pid)},
    {"all", kAllItems},
    {"default", kDefaultItems},
    {"none", 0},
};

template <std::size_t count>
const Flag* find(const Flag (&flags)[count], std::string_view name) {
  for (const auto& flag : flags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

template <std::size_t count>
Result<std::uint32_t> parse(const Flag (&flags)[count], std::string_view type, std::string_view text,
                            std::uint32_t current) {
  const bool changes = !text.empty() && (text[0] == '+' || text[0] == '-');
  std::uint32_t set = changes ? current : 0;
  std::string unknown;
  while (!text.empty()) {
    const auto end = text.find('|');
    auto name = text.substr(0, end);
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    const bool removes = name.substr(0, 1) == "-";
    if (removes || name.substr(0, 1) == "+") name.remove_prefix(1);
    if (const auto* flag = find(flags, name)) {
      set = removes ? set & ~flag->bits : set | flag->bits;
    } else {
      unknown += fmt::format("{}<{}>", unknown.empty() ? "" : "|", name);
    }
  }
  if (!unknown.empty()) return failure(fmt::format("unknown flag names: [{}](<{}>)", unknown, type));
  return set;
}

}  // namespace

Result<LevelSet> parse_levels(std::string_view text, LevelSet current) {
  return parse(kLevels, "LogLevel", text, current);
}

Result<ItemSet> parse_items(std::string_view text, ItemSet current) {
  return parse(kItems, "LogItem", text, current);
}

std::string_view name_of(Level level) {
  for (const auto& flag : kLevels) {
    if (flag.bits == bit(level)) return flag.name;
  }
  return "none";
}

std::string level_names(LevelSet levels) {
  std::string names;
  for (const auto& flag : kLevels) {
    const bool single = (flag.bits & (flag.bits - 1)) == 0;
    if (flag.bits == 0 || !single || (levels & flag.bits) == 0) continue;
    if (!names.empty()) names += '|';
    names += flag.name;
  }
  return names.empty() ? "none" : names;
}

}  // namespace milter_manager::log
