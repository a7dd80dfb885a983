// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <ctime>
#include <iterator>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

constexpr const char* kUnknown = "\u2013";  // an en dash

// The length of the UTF-8 sequence at the text's beginning, and its code point; 0 for what is none.
std::size_t decode(std::string_view text, std::uint32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  point = length == 1 ? first : first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    point = point << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  return overlong || surrogate || point > 0x10ffff ? 0 : length;
}

// Controls, marks that turn the writing's direction, line separators, and what is invisible.
bool deceives(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad || point == 0x61c ||
         (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2060 && point <= 0x206f) || point == 0xfeff || (point >= 0xe0000 && point <= 0xe0fff);
}

// So many digits behind the point that three are significant.
std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size >= 99.95) return fmt::format("{:.0f}", value);
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  if (size >= 0.9995) return fmt::format("{:.2f}", value);
  if (size >= 0.09995) return fmt::format("{:.3f}", value);
  if (size >= 0.00005) return fmt::format("{:.4f}", value);
  return fmt::format("{:.2g}", value);
}

std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", std::abs(value));
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return value < 0 && digits != "0" ? "-" + digits : digits;
}

std::string plain(double value) {
  constexpr double kWhole = 1e15;
  if (value == std::floor(value) && std::abs(value) < kWhole) return grouped(value);
  return three_digits(value);
}

std::string seconds(double value) {
  constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
  const double size = std::abs(value);
  const char* const sign = value < 0 ? "-" : "";
  if (size == 0) return "0 s";
  if (size < 0.0009995) return fmt::format("{}{} \u00b5s", sign, three_digits(size * 1e6));
  if (size < 0.9995) return fmt::format("{}{} ms", sign, three_digits(size * 1e3));
  if (size < 2 * kMinute) return fmt::format("{}{} s", sign, three_digits(size));
  const auto whole = static_cast<std::int64_t>(std::llround(size));
  const auto two = [&](std::int64_t large, const char* large_unit, std::int64_t small,
                       const char* small_unit) {
    const std::string first = fmt::format("{}{} {}", sign, large, large_unit);
    return small == 0 ? first : fmt::format("{} {} {}", first, small, small_unit);
  };
  if (size < 2 * kHour) return two(whole / 60, "min", whole % 60, "s");
  if (size < 2 * kDay) return two(whole / 3600, "h", whole / 60 % 60, "min");
  return two(whole / 86400, "d", whole / 3600 % 24, "h");
}

std::string bytes(double value) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (std::abs(value) >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", unit == 0 ? plain(value) : three_digits(value), kUnits[unit]);
}

std::string moment(double value) {
  constexpr double kLatest = 253402300800;  // the year 10000
  if (!(std::abs(value) < kLatest)) return kUnknown;
  const auto time = static_cast<std::time_t>(std::floor(value));
  std::tm local{};
  if (::localtime_r(&time, &local) == nullptr) return kUnknown;
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", local);
}

std::string shown_number(double value, Unit unit) {
  if (!std::isfinite(value)) return kUnknown;
  switch (unit) {
    case Unit::count:
      return grouped(value);
    case Unit::share:
      return three_digits(value * 100) + " %";
    case Unit::signed_share:
      return fmt::format("{}{} points", value > 0 ? "+" : "", three_digits(value * 100));
    case Unit::seconds:
      return seconds(value);
    case Unit::bytes:
      return bytes(value);
    case Unit::per_second:
      return plain(value) + " /s";
    case Unit::time:
      return moment(value);
    case Unit::none:
      break;
  }
  return plain(value);
}

}  // namespace

std::string safe_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::uint32_t point = 0;
    const std::size_t length = decode(text, point);
    if (length > 0 && !deceives(point)) {
      out += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    for (std::size_t i = 0; i < std::max<std::size_t>(length, 1); ++i) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[i]));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string shown(const Cell& cell) {
  if (const auto* const text = std::get_if<std::string>(&cell)) return safe_text(*text);
  if (const auto* const number = std::get_if<Number>(&cell)) return shown_number(number->value, number->unit);
  if (const auto* const interval = std::get_if<Interval>(&cell)) {
    return fmt::format("{} ({} to {})", shown_number(interval->value, interval->unit),
                       shown_number(interval->low, interval->unit),
                       shown_number(interval->high, interval->unit));
  }
  return kUnknown;
}

}  // namespace milter_manager::report
