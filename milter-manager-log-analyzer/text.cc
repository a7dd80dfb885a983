// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/text.h"

#include <fmt/format.h>
#include <time.h>

#include <cmath>
#include <cstdlib>
#include <iterator>

#include "core/archive/layout.h"

namespace milter_manager::log_analyzer {
namespace {

struct Shown {
  std::string_view safe;
  char plain;
};
// What a safe name encodes only for the sake of file names.
constexpr Shown kHarmless[] = {{"%2F", '/'}, {"%5C", '\\'}, {"%3A", ':'}, {"%25", '%'}};
constexpr std::size_t kEscapeLength = 3;
constexpr std::size_t kHashLength = 18;  // "%~" and 16 digits

}  // namespace

std::string shown_name(const std::string& safe_name) {
  std::string_view rest = safe_name;
  const auto mark = rest.rfind("%~");
  const bool shortened = mark != rest.npos && rest.size() == mark + kHashLength;
  if (shortened) rest = rest.substr(0, mark);
  std::string out;
  while (!rest.empty()) {
    std::size_t length = 1;
    char c = rest[0];
    for (const Shown& one : kHarmless) {
      if (!rest.starts_with(one.safe)) continue;
      c = one.plain;
      length = kEscapeLength;
    }
    out += c;
    rest.remove_prefix(length);
  }
  return shortened ? out + "…" : out;
}

std::string url_of(std::string_view file_name) {
  std::string out;
  for (char c : file_name) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

struct tm local_date(std::chrono::sys_seconds time) {
  const time_t seconds = time.time_since_epoch().count();
  struct tm broken {};
  ::localtime_r(&seconds, &broken);
  return broken;
}

std::string local_time(std::chrono::sys_seconds time) {
  const struct tm broken = local_date(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", broken.tm_year + 1900, broken.tm_mon + 1,
                     broken.tm_mday, broken.tm_hour, broken.tm_min);
}

std::string iso_time(std::chrono::sys_seconds time) {
  const struct tm broken = local_date(time);
  const long offset = std::labs(broken.tm_gmtoff) / 60;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", broken.tm_year + 1900,
                     broken.tm_mon + 1, broken.tm_mday, broken.tm_hour, broken.tm_min, broken.tm_sec,
                     broken.tm_gmtoff < 0 ? '-' : '+', offset / 60, offset % 60);
}

std::chrono::sys_seconds local_midnight(std::chrono::sys_seconds time) {
  struct tm broken = local_date(time);
  broken.tm_hour = broken.tm_min = broken.tm_sec = 0;
  broken.tm_isdst = -1;
  return std::chrono::sys_seconds(std::chrono::seconds(::mktime(&broken)));
}

std::string duration(std::chrono::seconds span) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  for (const Unit& unit : {Unit{86400, "days"}, Unit{3600, "hours"}, Unit{60, "minutes"}}) {
    if (span.count() >= 2 * unit.seconds) return fmt::format("{} {}", span.count() / unit.seconds, unit.name);
  }
  return "a minute";
}

std::string grouped(double count) {
  std::string digits = fmt::format("{:.0f}", std::isfinite(count) ? count : 0.0);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string rounded(double value) {
  if (value >= 100) return grouped(value);
  return fmt::format("{:.{}f}", value, value >= 1 || value == 0 ? 1 : value >= 0.01 ? 2 : 4);
}

}  // namespace milter_manager::log_analyzer
