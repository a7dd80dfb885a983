// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <functional>
#include <vector>

#include "gui/chart/palette.h"
#include "gui/model/decimation.h"

namespace milter_manager::gui {

// One series as it is drawn: decimated, in pieces between gaps.
struct ChartSeries {
  QString name;  // in the legend
  SeriesColour colour;
  bool is_dashed = false;
  bool is_on_right = false;  // it has the unit of the right axis
  bool is_area = false;      // from the axis up to `line`; those before it are drawn over it. Else a line
  bool is_shown = true;      // legends toggle it
  bool is_zero = false;      // all of it that is in sight: pictures leave it out of their legend
  Pieces line;
  Pieces earlier;  // the line of an earlier period, moved to this one
};

// What a chart shows.
struct ChartContent {
  QString title;
  QString unit;        // of the left axis
  QString right_unit;  // "": there is no right axis
  double highest = 0;  // what the left axis has to reach
  double right_highest = 0;
  std::vector<ChartSeries> series;
  // "": the axis below is of local time. Else of numbers, and this is their unit: then `time` is a number everywhere here.
  QString across_unit;
  QString message;  // in place of the curves: why there are none
  // The value of a series at a moment (Unix seconds), NaN where it is not known: what a cross-hair says.
  std::function<double(std::size_t series, double time)> reading;
};

}  // namespace milter_manager::gui
