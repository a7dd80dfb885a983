// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/proportion.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "milter-report/model/student.h"

namespace milter_manager::report {

Bounds wilson(const Proportion& proportion) {
  const double n = proportion.trials;
  if (n <= 0) return {0, 1};
  constexpr double z = kNormalQuantile;
  const double p = proportion.value();
  const double middle = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // Rounding must not make of "none" a little more than none.
  return {p <= 0 ? 0 : std::max((middle - half) / scale, 0.0),
          p >= 1 ? 1 : std::min((middle + half) / scale, 1.0)};
}

Bounds difference(double a, const Bounds& interval_of_a, double b, const Bounds& interval_of_b) {
  return {a - b - std::hypot(a - interval_of_a.low, interval_of_b.high - b),
          a - b + std::hypot(interval_of_a.high - a, b - interval_of_b.low)};
}

double trials_to_decide(double value, double limit) {
  assert(value != limit);
  // An end of Wilson's interval is at `limit` where (value − limit)² = z² limit (1 − limit) / n.
  const double distance = value - limit;
  return kNormalQuantile * kNormalQuantile * limit * (1 - limit) / (distance * distance);
}

}  // namespace milter_manager::report
