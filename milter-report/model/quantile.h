// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "milter-report/model/bounds.h"

namespace milter_manager::report {

// The smallest value that at least the part q (0 to 1) of all values does not exceed. 0 without values.
// Cost: linear; the order of `values` changes.
double quantile(std::vector<double>& values, double q);

// An interval for the q-quantile of what the values are drawn from, whatever their distribution: from the k-th to the l-th
// value in order, where the binomial distribution of n values and probability q has at least 2.5 % up to k − 1
// and from l on outside of it, and no more than needed (Clopper and Pearson's argument). None where there are too few values.
// Cost: sorts `values`.
std::optional<Bounds> quantile_bounds(std::vector<double>& values, double q);

// The mean with the bounds mean ± t s / √n of n independent values. None below two values.
struct Mean {
  double value = 0;
  Bounds bounds;
};
std::optional<Mean> mean(const std::vector<double>& values);

}  // namespace milter_manager::report
