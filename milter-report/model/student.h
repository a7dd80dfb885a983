// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace milter_manager::report {

// The 97.5 % quantile of the normal distribution: half of a 95 % interval, in standard errors.
inline constexpr double kNormalQuantile = 1.959963984540054;

// The regularised incomplete beta function I_x(a, b): the probability that a beta variable is at most x. a, b > 0.
// By Lentz' continued fraction (Abramowitz and Stegun 26.5.8), to about 1e-14.
double incomplete_beta(double a, double b, double x);

// The 97.5 % quantile of Student's distribution with that many degrees of freedom, which need not be whole; fewer than
// one count as one. With a million it is the normal distribution's.
double student_quantile(double degrees_of_freedom);

}  // namespace milter_manager::report
