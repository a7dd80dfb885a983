// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/statistics/seconds.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace milter_manager::statistics {
namespace {

std::string fixed(double seconds) {
  std::string text;
  append_fixed(seconds, text);
  return text;
}

std::string general(double seconds) {
  std::string text;
  append_general(seconds, text);
  return text;
}

void check(double seconds) {
  const auto as_fixed = fmt::format("{:.6f}", seconds), as_general = fmt::format("{:g}", seconds);
  const bool same = fixed(seconds) == as_fixed && general(seconds) == as_general;
  if (!same) {
    CAPTURE(seconds);
    CHECK(fixed(seconds) == as_fixed);
    CHECK(general(seconds) == as_general);
  }
}

}  // namespace

TEST_CASE("seconds of every size are written as the formats they stand for write them") {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-9, 12);
  for (int i = 0; i < 200000; ++i) check(std::pow(10, exponent(random)));
  // Times of a clock in nanoseconds, and what is short in decimals.
  std::uniform_int_distribution<std::int64_t> nanoseconds(0, 100000000000);
  for (int i = 0; i < 200000; ++i) {
    check(static_cast<double>(nanoseconds(random)) / 1e9);
    check(static_cast<double>(nanoseconds(random) / 100) / 1e7);
    check(static_cast<double>(nanoseconds(random)) / 1e9 + 1767323045);
  }
}

TEST_CASE("seconds at the borders are written as the formats they stand for write them") {
  std::vector<double> values = {0,
                                -0.0,
                                -1,
                                0.5,
                                1,
                                0.0000005,
                                0.00000049999,
                                0.0000015,
                                2.5e-6,
                                1e300,
                                std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::denorm_min()};
  for (int power = -10; power <= 12; ++power) {
    for (const double digits :
         {1.0, 1.5, 9.99999, 9.999994, 9.999995, 9.999996, 9.9999999, 1.000005, 1.234565, 5.0}) {
      const double value = digits * std::pow(10, power);
      values.insert(values.end(), {value, std::nextafter(value, 0), std::nextafter(value, 1e300)});
    }
  }
  for (const double value : values) check(value);
  CHECK(fixed(1.5) == "1.500000");
  CHECK(fixed(1767323045.678901) == "1767323045.678901");
  CHECK(general(0.00118) == "0.00118");
  CHECK(general(0.5) == "0.5");
  CHECK(general(100) == "100");
}

}  // namespace milter_manager::statistics
