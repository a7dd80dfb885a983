// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace milter_manager::report {

// Bounds of an estimate. Where not said otherwise they cover the true value in 95 of 100 periods.
struct Bounds {
  double low = 0;
  double high = 0;
  double width() const { return high - low; }
  bool contains(double value) const { return low <= value && value <= high; }
  bool operator==(const Bounds&) const = default;
};

}  // namespace milter_manager::report
