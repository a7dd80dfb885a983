// SPDX-License-Identifier: GPL-3.0-or-later
#include <charconv>
#include <cmath>
#include <string>

#include "core/maillog/local_time.h"
#include "core/maillog/stamp.h"
#include "milter-report/command.h"

namespace milter_manager::report {
namespace {

struct Word {
  std::string_view name;
  double seconds;
};

// "-90min", "-12h", "-7d", "-2w"
std::optional<double> parse_ago(std::string_view text, double now) {
  constexpr Word kUnits[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400.0}};
  constexpr unsigned kMost = 1'000'000;
  if (!text.starts_with('-')) return std::nullopt;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc() || number > kMost) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Word& word : kUnits) {
    if (unit == word.name) return now - number * word.seconds;
  }
  return std::nullopt;
}

std::optional<double> parse_stamp_text(const std::string& text) {
  // In a log a blank and a word follow a stamp.
  const std::string line = text + " -";
  maillog::Stamp stamp;
  if (maillog::parse_stamp(line, stamp) != text.size() + 1) return std::nullopt;
  if (stamp.year == 0 || !maillog::is_date(stamp.year, stamp.month, stamp.day)) return std::nullopt;
  const std::int64_t wall = maillog::seconds_as_utc(stamp, stamp.year);
  const std::int64_t time = stamp.offset ? wall - *stamp.offset : maillog::local_times(wall).first;
  return static_cast<double>(time) + stamp.microseconds / 1e6;
}

}  // namespace

std::optional<double> parse_moment(std::string_view text, double now) {
  constexpr std::int64_t kHalfDay = 12 * 3600;
  const std::int64_t today = maillog::local_midnight(static_cast<std::int64_t>(std::floor(now)));
  if (text == "now") return now;
  if (text == "today") return static_cast<double>(today);
  if (text == "yesterday") return static_cast<double>(maillog::local_midnight(today - kHalfDay));
  if (const auto ago = parse_ago(text, now)) return ago;
  if (text.ends_with(' ')) return std::nullopt;
  // A day alone, and a time without seconds.
  for (const char* const rest : {"", ":00", "T00:00:00"}) {
    if (const auto moment = parse_stamp_text(std::string(text) + rest)) return moment;
  }
  return std::nullopt;
}

}  // namespace milter_manager::report
