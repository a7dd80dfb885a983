// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"
#include "milter-manager-log-analyzer/graph_table.h"

namespace milter_manager::log_analyzer {

// One series in a stretch of time: what is drawn, and what the legend says of it.
struct Curve {
  const SeriesStyle* style = nullptr;
  std::string archive;  // the path of the file that has it
  double total = 0;     // events; 0 for Measure::at_once
  double mean = 0;      // a minute, over the minutes that are known
  double highest = 0;   // the highest row drawn, a minute
  bool known = false;   // whether any row is known
};

struct Window {
  std::chrono::sys_seconds start;
  std::chrono::sys_seconds end;  // the end of the last complete row
  std::chrono::seconds row;
  std::vector<Curve> curves;  // in the definition's order
  double highest_sum = 0;     // the highest row of all curves together

  bool known() const;
};

// Reads what a picture of `range` shows: one archive that has every series, or one archive a series. Rows in (start, end], averages a minute for events, maxima for what is
// counted at once. The totals are of the very rows that are drawn.
Result<Window> read_window(std::span<const archive::Archive> archives, const GraphDefinition& definition,
                           const Range& range, std::chrono::sys_seconds now);

}  // namespace milter_manager::log_analyzer
