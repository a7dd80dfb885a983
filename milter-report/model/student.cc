// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/student.h"

#include <algorithm>
#include <cmath>

namespace milter_manager::report {
namespace {

constexpr double kTiny = 1e-300;

double away_from_zero(double value) { return std::abs(value) < kTiny ? kTiny : value; }

double continued_fraction(double a, double b, double x) {
  constexpr int kSteps = 10'000;
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int step = 1; step <= kSteps; ++step) {
    const double m = step;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    fraction *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    const double change = c * d;
    fraction *= change;
    if (std::abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

}  // namespace

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  const double front =
      std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(front) * continued_fraction(a, b, x) / a;
}

double student_quantile(double degrees_of_freedom) {
  const double df = std::max(degrees_of_freedom, 1.0);
  if (df >= 1e6) return kNormalQuantile;
  // Both tails beyond t have the probability I_{df / (df + t²)}(df / 2, 1 / 2).
  double low = kNormalQuantile, high = 12.8;
  for (int step = 0; step < 60; ++step) {
    const double t = (low + high) / 2;
    (incomplete_beta(df / 2, 0.5, df / (df + t * t)) > 0.05 ? low : high) = t;
  }
  return (low + high) / 2;
}

}  // namespace milter_manager::report
