// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "milter-manager-log-analyzer/drawing/axis.h"
#include "milter-manager-log-analyzer/drawing/canvas.h"
#include "milter-manager-log-analyzer/drawing/theme.h"
#include "milter-manager-log-analyzer/window.h"

namespace milter_manager::log_analyzer {

// The dots of a drawing area.
struct Area {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

// What is there at all is at least so many dots high.
inline constexpr int kLeastHeight = 2;

// How many dots high each part of a stack is. Together they are as high as their sum. A part of a value above 0 is at least
// kLeastHeight, at the highest part's cost; only where that has no more to give the stack is higher than its sum.
std::vector<int> stack_heights(std::span<const double> values, double dots_a_unit);

// Draws curves in an area. All edges are those of dots, so that what was drawn can be measured.
class Plot {
 public:
  // A value of `top` is as high as the area. All of them must outlive it.
  Plot(Canvas& canvas, const Theme& theme, const Area& area, const Window& window, double top);

  int x_of(std::chrono::sys_seconds time) const;
  // Dots above the axis; a value above 0 has at least kLeastHeight.
  int height_of(double value) const;

  // Rows of which nothing is known at all: the grounds' places, left to right.
  std::vector<Area> draw_unknown() const;
  void draw_grid(const std::vector<ValueTick>& values, const std::vector<TimeTick>& times) const;
  void draw_axes() const;
  // Rows as columns, one part on the other, the first one lowest.
  void draw_stack(const std::vector<const Curve*>& curves) const;
  // Rows as steps, each series from the axis on. 0 is not drawn: that is the axis. Where lines lie on one another they take
  // turns, row by row.
  void draw_lines(const std::vector<const Curve*>& curves) const;

 private:
  // The dots of row i of a curve.
  struct Column {
    int left, right;
  };
  Column column(const Curve& curve, std::size_t row) const;
  void draw_step(const Curve& curve, std::size_t row) const;

  Canvas& canvas_;
  const Theme& theme_;
  Area area_;
  const Window& window_;
  double top_;
};

}  // namespace milter_manager::log_analyzer
