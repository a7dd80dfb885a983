// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/model/bounds.h"

namespace milter_manager::report {

// `hits` of `trials`, both counts. Fractions are fine: an effective number of trials is seldom whole.
struct Proportion {
  double hits = 0;
  double trials = 0;
  double value() const { return trials > 0 ? hits / trials : 0; }
};

// Wilson's score interval (1927) of a proportion p = hits / n, with z = 1.96:
//
//   (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
//
// Never leaves [0, 1], and is no point where there are no hits. [0, 1] without trials.
Bounds wilson(const Proportion& proportion);

// a − b with Newcombe's interval (1998, his method 10) from two intervals of the proportions, each of its own kind:
//
//   a − b − √((a − a.low)² + (b.high − b)²)  to  a − b + √((a.high − a)² + (b − b.low)²)
Bounds difference(double a, const Bounds& interval_of_a, double b, const Bounds& interval_of_b);

// How many trials it takes until Wilson's interval of a proportion `value` is wholly below `limit`, or above it, where
// value is on that side. `value` must not be `limit`.
double trials_to_decide(double value, double limit);

}  // namespace milter_manager::report
