// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/wait_histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace milter_manager::report {
namespace {

TEST_CASE("Quantiles are at most 0.4 % off, from a microsecond to a day") {
  for (const double scale : {2e-6, 1e-3, 0.7, 30.0, 20'000.0}) {
    WaitHistogram histogram;
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i) values.push_back(scale * (1 + std::fmod(i * 0.6180339887, 1.0) * 3));
    for (const double value : values) histogram.add(value);
    std::sort(values.begin(), values.end());
    for (const double share : {0.001, 0.25, 0.5, 0.95, 0.99}) {
      const double exact = values[static_cast<std::size_t>(std::ceil(share * 2000)) - 1];
      CHECK(*histogram.quantile(share) == Approx(exact).epsilon(0.004));
    }
    CHECK(histogram.quantile(1) == values.back());
    CHECK(histogram.maximum() == values.back());
    CHECK(histogram.above(scale * 2.5) == Approx(1000).epsilon(0.03));
  }
}

TEST_CASE("Nothing, nonsense and extremes are times as well") {
  WaitHistogram histogram;
  CHECK_FALSE(histogram.quantile(0.5));
  CHECK_FALSE(histogram.maximum());
  histogram.add(std::numeric_limits<double>::quiet_NaN());
  histogram.add(std::numeric_limits<double>::infinity());
  CHECK(histogram.count() == 0);
  for (const double value : {-1e-6, 0.0, 1e-9, 1e12}) histogram.add(value);
  CHECK(histogram.count() == 4);
  CHECK(*histogram.quantile(0.5) == 0);
  CHECK(*histogram.maximum() == 1e12);
  WaitHistogram sum;
  sum.add(histogram);
  sum.add(histogram);
  CHECK(sum.count() == 8);
  CHECK(sum.maximum() == 1e12);
}

}  // namespace
}  // namespace milter_manager::report
