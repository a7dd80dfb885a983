// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/quantile.h"

#include <algorithm>
#include <cmath>

#include "milter-report/model/student.h"

namespace milter_manager::report {
namespace {

// The probability that at most k of n have the property, each with probability q.
double binomial_up_to(std::size_t k, std::size_t n, double q) {
  if (k >= n) return 1;
  return incomplete_beta(static_cast<double>(n - k), static_cast<double>(k) + 1, 1 - q);
}

}  // namespace

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const double rank = std::ceil(q * static_cast<double>(values.size()));
  const auto at = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

std::optional<Bounds> quantile_bounds(std::vector<double>& values, double q) {
  constexpr double kTail = 0.025;
  const std::size_t n = values.size();
  if (n == 0 || binomial_up_to(0, n, q) > kTail || binomial_up_to(n - 1, n, q) < 1 - kTail)
    return std::nullopt;
  // How many values lie below the true quantile: from `low` to `high` with 95 %. Both by halving.
  const auto first_over = [&](double probability) {
    std::size_t under = 0, over = n;
    while (under < over) {
      const std::size_t middle = under + (over - under) / 2;
      if (binomial_up_to(middle, n, q) > probability) {
        over = middle;
      } else {
        under = middle + 1;
      }
    }
    return under;
  };
  const std::size_t low = first_over(kTail);       // fewer than so many below: at most 2.5 %
  const std::size_t high = first_over(1 - kTail);  // more than so many below: less than 2.5 %
  std::sort(values.begin(), values.end());
  return Bounds{values[std::max<std::size_t>(low, 1) - 1], values[std::min(high, n - 1)]};
}

std::optional<Mean> mean(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  const double middle = sum / n;
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  const double half = student_quantile(n - 1) * std::sqrt(squares / (n - 1) / n);
  return Mean{middle, {middle - half, middle + half}};
}

}  // namespace milter_manager::report
