// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/document.h"
#include "milter-report/model/bounds.h"
#include "milter-report/model/clustered.h"

namespace milter_manager::report {

// Estimates as cells.
inline Cell interval_cell(double value, const Bounds& bounds, Unit unit) {
  return Interval{value, bounds.low, bounds.high, unit};
}
inline Cell interval_cell(const Clustered& share) {
  if (share.mails <= 0) return Unknown{};
  return interval_cell(share.value(), share.bounds(), Unit::share);
}

}  // namespace milter_manager::report
