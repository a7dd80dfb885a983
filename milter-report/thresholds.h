// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "milter-report/document.h"
#include "milter-report/model/summary.h"

namespace milter_manager::report {

// A figure that a check can look at.
struct CheckedFigure {
  const char* name;     // "failed"
  const char* meaning;  // for --help and errors
  Unit unit;
  bool of_milters;  // each milter has one: without a name the largest counts (of "<" the smallest)
};
std::span<const CheckedFigure> checked_figures();

// "failed>1%", "wait_p95:spamass-milter>2s", "messages<1", "age>10min".
struct Threshold {
  const CheckedFigure* figure = nullptr;
  std::string milter;  // "": any
  bool below = false;  // "<"
  double limit = 0;    // in the figure's unit: seconds, a share, a number
};
Result<Threshold> parse_threshold(std::string_view text);

// A figure's value, and whose it is.
struct Measured {
  std::string milter;
  double value = 0;
};
// All that a threshold is about. Empty where the log tells nothing of it, or has no such milter.
std::vector<Measured> measure(const Threshold& threshold, const Summary& summary, const ReadReport& report,
                              double now);

}  // namespace milter_manager::report
