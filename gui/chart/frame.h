// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QRectF>
#include <QString>
#include <memory>
#include <vector>

#include "gui/chart/palette.h"
#include "gui/chart/ticks.h"

class QPainter;

namespace milter_manager::gui {

// What curves are drawn on: axes, grid and labels. Behind it is Qt Charts, which nothing but frame.cc knows: from Qt 6.10 on it is
// deprecated, and what takes its place has to fit here. (Curves are our own: its series join what is on both sides of a gap.)
class Frame {
 public:
  struct Axes {
    double from = 0, to = 1;  // Unix seconds
    std::vector<Tick> times;
    std::vector<Tick> values;        // from 0 to the upper edge
    std::vector<Tick> right_values;  // empty: no axis there
  };

  Frame();
  ~Frame();
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  void set_look(const ChartPalette& palette, const QFont& font);
  void set_axes(const Axes& axes);

  // Draws all around and below the curves, which go into `plot`; both in the painter's coordinates.
  void draw(QPainter& painter, const QRectF& whole, const QRectF& plot);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace milter_manager::gui
