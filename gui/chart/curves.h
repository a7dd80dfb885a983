// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>

#include "gui/chart/content.h"

class QPainter;

namespace milter_manager::gui {

// Where times and values are on the paper.
struct Mapping {
  QRectF plot;
  double from = 0, to = 1;  // Unix seconds at the left and the right edge
  double top = 1;           // value at the upper edge; 0 is at the lower one
  double right_top = 1;     // the same for series of the right axis

  double x(double time) const { return plot.left() + (time - from) / (to - from) * plot.width(); }
  double time(double x) const { return from + (x - plot.left()) / plot.width() * (to - from); }
  double y(double value, bool is_on_right) const {
    return plot.bottom() - value / (is_on_right ? right_top : top) * plot.height();
  }
};

// Shades what nothing is known of: gaps of the first series, and what is before and behind its points.
void draw_unknown(QPainter& painter, const Mapping& mapping, const std::vector<ChartSeries>& series,
                  const ChartPalette& palette);

// Draws the series that are shown, areas below lines, gaps as gaps: a point alone between two gaps is a dot.
void draw_series(QPainter& painter, const Mapping& mapping, const std::vector<ChartSeries>& series,
                 const ChartPalette& palette);

}  // namespace milter_manager::gui
