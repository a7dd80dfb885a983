// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "gui/model/chart.h"

namespace milter_manager::gui {

struct Point {
  double time = 0;  // Unix seconds
  double value = 0;
  bool operator==(const Point&) const = default;
};

// A line in pieces: between two pieces is a gap.
using Pieces = std::vector<std::vector<Point>>;

// What of a line is to be drawn in so many columns of dots over `visible`. Where there are more rows than columns, each column
// keeps its first, lowest, highest and last value, in the order of time: the drawn line is the same to the dot, and no spike is
// lost. The row before the left edge and the one behind the right edge are kept, so that the line runs to the edges.
// At most 4 points a column, and two more. Cost: one pass over the visible rows.
Pieces decimate(const ChartData& chart, const Line& line, const Period& visible, std::uint32_t columns);

// The highest value that is visible, for the axis; of `stacked` lines that of their sum. 0 where nothing is known.
double highest(const ChartData& chart, const Period& visible, bool stacked);
// Of one line of it.
double highest(const ChartData& chart, const Line& line, const Period& visible);

// The lines, each added to those before it: for areas that are stacked. Where one is unknown and another known, the unknown counts
// nothing; where all are unknown the sum is.
ChartData stacked(ChartData chart);

}  // namespace milter_manager::gui
