// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/plot.h"

#include <algorithm>
#include <cmath>

namespace milter_manager::log_analyzer {
namespace {

constexpr int kLine = 3;     // dots
constexpr int kUpright = 2;  // of the line between two steps
constexpr int kDash = 4;     // dots of a dash that is upright
constexpr int kDashGap = 3;
constexpr int kLeastWidth = 4;  // of a row of which something is known

double above_zero(double value) { return std::isnan(value) ? 0 : value; }

}  // namespace

std::vector<int> stack_heights(std::span<const double> values, double dots_a_unit) {
  std::vector<int> heights;
  double sum = 0;
  int below = 0;
  for (const double value : values) {
    sum += above_zero(value);
    const int above = static_cast<int>(std::lround(sum * dots_a_unit));
    heights.push_back(above - below);
    below = above;
  }
  for (std::size_t i = 0; i < heights.size(); ++i) {
    while (above_zero(values[i]) > 0 && heights[i] < kLeastHeight) {
      int& highest = *std::max_element(heights.begin(), heights.end());
      if (highest > kLeastHeight) --highest;
      ++heights[i];
    }
  }
  return heights;
}

Plot::Plot(Canvas& canvas, const Theme& theme, const Area& area, const Window& window, double top)
    : canvas_(canvas), theme_(theme), area_(area), window_(window), top_(top) {}

int Plot::x_of(std::chrono::sys_seconds time) const {
  const double part = static_cast<double>((time - window_.start).count()) /
                      static_cast<double>((window_.end - window_.start).count());
  return area_.left + static_cast<int>(std::lround(part * area_.width));
}

int Plot::height_of(double value) const {
  if (!(value > 0)) return 0;
  return std::max(kLeastHeight, static_cast<int>(std::lround(value / top_ * area_.height)));
}

Plot::Column Plot::column(const Curve& curve, std::size_t row) const {
  const auto begin = window_.row_begin(row);
  const int first = x_of(begin), last = x_of(begin + window_.row);
  const int least = std::min(kLeastWidth, last - first);
  Column column{x_of(window_.known_from(curve, row)), x_of(window_.known_to(row))};
  // A row of which little is known is seen all the same, within its own place.
  column.left = std::min(column.left, last - least);
  column.right = std::max(column.right, column.left + least);
  return column;
}

std::vector<Area> Plot::draw_unknown() const {
  std::vector<Area> grounds;
  const auto add = [&](int left, int right) {
    if (right <= left) return;
    if (!grounds.empty() && grounds.back().left + grounds.back().width == left) {
      grounds.back().width = right - grounds.back().left;
    } else {
      grounds.push_back({left, area_.top, right - left, area_.height});
    }
  };
  for (std::size_t row = 0; row < window_.rows(); ++row) {
    const int first = x_of(window_.row_begin(row)), last = x_of(window_.row_begin(row) + window_.row);
    Column known{last, last};
    for (const Curve& curve : window_.curves) {
      if (std::isnan(curve.values[row])) continue;
      const Column of_curve = column(curve, row);
      known = {std::min(known.left, of_curve.left), of_curve.right};
    }
    add(first, known.left);
    add(known.right, last);
  }
  for (const Area& ground : grounds)
    canvas_.fill(ground.left, ground.top, ground.width, ground.height, theme_.unknown);
  return grounds;
}

void Plot::draw_grid(const std::vector<ValueTick>& values, const std::vector<TimeTick>& times) const {
  const int bottom = area_.top + area_.height;
  for (const TimeTick& tick : times) {
    if (tick.time < window_.start || tick.time > window_.end) continue;
    if (tick.major) canvas_.fill(x_of(tick.time), area_.top, 1, area_.height, theme_.grid);
    canvas_.fill(x_of(tick.time), bottom, 1, tick.major ? 10 : 5, theme_.axis);
  }
  for (const ValueTick& tick : values) {
    const int height = static_cast<int>(std::lround(tick.value / top_ * area_.height));
    if (height > 0) canvas_.fill(area_.left, bottom - height, area_.width, 1, theme_.grid);
  }
}

void Plot::draw_axes() const {
  canvas_.fill(area_.left, area_.top + area_.height, area_.width, 2, theme_.axis);
}

void Plot::draw_stack(const std::vector<const Curve*>& curves) const {
  std::vector<double> values(curves.size());
  for (std::size_t row = 0; row < window_.rows(); ++row) {
    for (std::size_t i = 0; i < curves.size(); ++i) values[i] = curves[i]->values[row];
    const std::vector<int> heights = stack_heights(values, area_.height / top_);
    int y = area_.top + area_.height;
    for (std::size_t i = 0; i < curves.size(); ++i) {
      y -= heights[i];
      const Column where = column(*curves[i], row);
      canvas_.fill(where.left, y, where.right - where.left, heights[i], theme_.of(curves[i]->style->colour));
    }
  }
}

void Plot::draw_step(const Curve& curve, std::size_t row) const {
  const int height = height_of(curve.values[row]);
  const int before = row > 0 ? height_of(curve.values[row - 1]) : height;
  const bool known_before = row > 0 && !std::isnan(curve.values[row - 1]);
  const Column where = column(curve, row);
  const std::uint32_t colour = theme_.of(curve.style->colour);
  const int bottom = area_.top + area_.height;
  const int width = where.right - where.left;
  if (height > 0) {
    // A dash and its gap are a row, so that each row has one.
    const int drawn = curve.style->dashed ? std::max(1, width * 2 / 3) : width;
    canvas_.fill(where.left, bottom - height - kLine / 2, drawn, kLine, colour);
  }
  if (!known_before || before == height) return;
  const int top = bottom - std::max(height, before), lowest = bottom - std::min(height, before);
  const int step = curve.style->dashed ? kDash + kDashGap : lowest - top;
  for (int y = top; y < lowest; y += step) {
    const int length = std::min(curve.style->dashed ? kDash : step, lowest - y);
    canvas_.fill(where.left - kUpright / 2, y, kUpright, length, colour);
  }
}

void Plot::draw_lines(const std::vector<const Curve*>& curves) const {
  for (std::size_t row = 0; row < window_.rows(); ++row) {
    for (std::size_t i = 0; i < curves.size(); ++i) {
      const Curve& curve = *curves[(i + row) % curves.size()];
      if (!std::isnan(curve.values[row])) draw_step(curve, row);
    }
  }
}

}  // namespace milter_manager::log_analyzer
