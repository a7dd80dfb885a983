// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/statistics/seconds.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>

namespace milter_manager::statistics {
namespace {

// The whole number nearest to a product below 2^22, whose own rounding error is below 1e-9: no value where that error
// could decide.
std::optional<std::uint32_t> nearest(double product) {
  const double whole = std::floor(product);
  const double rest = product - whole;
  if (std::abs(rest - 0.5) < 1e-8) return std::nullopt;
  return static_cast<std::uint32_t>(whole) + (rest > 0.5 ? 1 : 0);
}

// `number` with leading zeros.
void append_digits(std::uint32_t number, std::size_t width, std::string& out) {
  std::array<char, 10> digits;
  for (std::size_t i = width; i > 0; number /= 10) digits[--i] = static_cast<char>('0' + number % 10);
  out.append(digits.data(), width);
}

constexpr std::uint32_t kMillion = 1000000;

bool append_fixed_quickly(double seconds, std::string& out) {
  if (!(seconds >= 0 && seconds < 4e9) || std::signbit(seconds)) return false;
  auto whole = static_cast<std::uint32_t>(seconds);
  const auto micros = nearest((seconds - whole) * kMillion);  // the difference is exact
  if (!micros) return false;
  whole += *micros / kMillion;
  out += fmt::format_int(whole).c_str();
  out += '.';
  append_digits(*micros % kMillion, 6, out);
  return true;
}

bool append_general_quickly(double seconds, std::string& out) {
  static constexpr double kPowers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  if (!(seconds >= 1e-4 && seconds < 999999)) return false;
  // Six digits before the point: seconds = digits / 10^decimals.
  int decimals = 5;
  double limit = 10;
  for (; decimals > 0 && seconds >= limit; limit *= 10) --decimals;
  for (double least = 1; seconds < least && decimals < 9; ++decimals) least = 1 / kPowers[decimals - 4];
  const double product = seconds * kPowers[decimals];
  if (product < 99999.5 || product >= 999999) return false;
  const auto nearest_digits = nearest(product);
  if (!nearest_digits || *nearest_digits < 100000) return false;
  std::uint32_t digits = *nearest_digits;
  while (decimals > 0 && digits % 10 == 0) {
    digits /= 10;
    --decimals;
  }
  std::uint32_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  out += fmt::format_int(digits / unit).c_str();
  if (decimals == 0) return true;
  out += '.';
  append_digits(digits % unit, static_cast<std::size_t>(decimals), out);
  return true;
}

}  // namespace

void append_fixed(double seconds, std::string& out) {
  if (!append_fixed_quickly(seconds, out))
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:.6f}"), seconds);
}

void append_general(double seconds, std::string& out) {
  if (!append_general_quickly(seconds, out))
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:g}"), seconds);
}

}  // namespace milter_manager::statistics
