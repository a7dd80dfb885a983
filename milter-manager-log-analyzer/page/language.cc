// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/language.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "milter-manager-log-analyzer/page/embedded.h"

namespace milter_manager::log_analyzer {
namespace {

struct Unit {
  std::int64_t seconds;
  std::string_view text;
};
constexpr Unit kUnits[] = {{86400, "duration.days"}, {3600, "duration.hours"}, {60, "duration.minutes"}};

}  // namespace

Language::Language(std::string_view tag, std::string_view json) : tag_(tag) {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object()) return;
  for (const auto& [name, value] : parsed.items()) {
    if (value.is_string()) texts_.emplace(name, value.get<std::string>());
    if (!value.is_object()) continue;
    for (const auto& [key, text] : value.items()) {
      if (text.is_string()) texts_.emplace(name + "." + key, text.get<std::string>());
    }
  }
}

std::string Language::text(std::string_view name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::string(name) : found->second;
}

std::string Language::text(std::string_view name, Values values) const {
  const std::string pattern = text(name);
  std::string out;
  // Left to right: what a value brings is not looked at again.
  for (std::size_t at = 0; at < pattern.size();) {
    std::size_t length = 1;
    std::string_view shown = std::string_view(pattern).substr(at, 1);
    for (const auto& [word, value] : values) {
      const std::string mark = fmt::format("{{{}}}", word);
      if (!std::string_view(pattern).substr(at).starts_with(mark)) continue;
      length = mark.size();
      shown = value;
    }
    out += shown;
    at += length;
  }
  return out;
}

std::string Language::word(std::string_view english) const {
  const auto found = texts_.find(fmt::format("words.{}", english));
  return found == texts_.end() ? std::string(english) : found->second;
}

std::string Language::duration(std::chrono::seconds span) const {
  for (const Unit& unit : kUnits) {
    if (span.count() >= 2 * unit.seconds)
      return text(unit.text, {{"n", fmt::format("{}", span.count() / unit.seconds)}});
  }
  return text("duration.minute");
}

std::string Language::exact_duration(std::chrono::seconds span) const {
  const auto counted = [&](std::int64_t count, std::string_view unit) {
    return text(fmt::format("exact.{}{}", unit, count == 1 ? "" : "s"), {{"n", fmt::format("{}", count)}});
  };
  const std::int64_t minutes = span.count() / 60;
  if (minutes > 0 && minutes % 1440 == 0) return counted(minutes / 1440, "day");
  if (minutes < 60) return counted(minutes, "minute");
  if (minutes % 60 == 0) return counted(minutes / 60, "hour");
  return text("exact.both",
              {{"hours", counted(minutes / 60, "hour")}, {"minutes", counted(minutes % 60, "minute")}});
}

std::span<const Language> languages() {
  static const std::array<Language, 2> all{Language("en", kPageEnglish), Language("ja", kPageJapanese)};
  return all;
}

std::string page_name(std::string_view tag, std::string_view first) {
  return tag == first ? "index.html" : fmt::format("index.{}.html", tag);
}

}  // namespace milter_manager::log_analyzer
