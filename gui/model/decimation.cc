// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/decimation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace milter_manager::gui {
namespace {

double seconds(std::chrono::sys_seconds time) { return static_cast<double>(time.time_since_epoch().count()); }

struct Rows {
  std::size_t begin = 0, end = 0;
};

// The visible ones, with one more on both sides.
Rows rows_of(const ChartData& chart, const Period& visible) {
  const auto clamped = [&](std::int64_t row) {
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(row, 0, static_cast<std::int64_t>(chart.rows())));
  };
  const std::int64_t step = chart.step.count();
  return {clamped((visible.from - chart.first).count() / step - 1),
          clamped((visible.to - chart.first).count() / step + 2)};
}

// The rows of one column of dots that have been seen so far.
struct Column {
  std::int64_t number = -1;  // -1: none yet
  std::size_t first = 0, lowest = 0, highest = 0, last = 0;
};

class Drawing {
 public:
  Drawing(const ChartData& chart, const Line& line, Pieces& pieces)
      : chart_(chart), line_(line), pieces_(pieces) {}

  void add(std::size_t row, std::int64_t column) {
    if (column != column_.number) {
      finish_column();
      column_ = {column, row, row, row, row};
    }
    if (line_.values[row] < line_.values[column_.lowest]) column_.lowest = row;
    if (line_.values[row] > line_.values[column_.highest]) column_.highest = row;
    column_.last = row;
  }
  void gap() {
    finish_column();
    column_.number = -1;
    is_open_ = false;
  }

 private:
  void finish_column() {
    if (column_.number < 0) return;
    std::size_t rows[] = {column_.first, column_.lowest, column_.highest, column_.last};
    std::sort(std::begin(rows), std::end(rows));
    if (!is_open_) pieces_.emplace_back();
    is_open_ = true;
    std::size_t before = line_.values.size();
    for (const std::size_t row : rows) {
      if (row != before) pieces_.back().push_back({seconds(chart_.time(row)), line_.values[row]});
      before = row;
    }
  }

  const ChartData& chart_;
  const Line& line_;
  Pieces& pieces_;
  Column column_;
  bool is_open_ = false;
};

}  // namespace

Pieces decimate(const ChartData& chart, const Line& line, const Period& visible, std::uint32_t columns) {
  Pieces pieces;
  const Rows rows = rows_of(chart, visible);
  if (rows.begin >= rows.end || visible.length().count() <= 0 || columns == 0) return pieces;
  Drawing drawing(chart, line, pieces);
  const double width = static_cast<double>(visible.length().count()) / columns;
  const double left = seconds(visible.from);
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    if (std::isnan(line.values[row])) {
      drawing.gap();
      continue;
    }
    // The rows outside have columns of their own: 0 and columns + 1.
    const double column = std::floor((seconds(chart.time(row)) - left) / width);
    drawing.add(row, static_cast<std::int64_t>(std::clamp(column, -1.0, static_cast<double>(columns))) + 1);
  }
  drawing.gap();
  return pieces;
}

double highest(const ChartData& chart, const Period& visible, bool stacked) {
  double highest = 0;
  const Rows rows = rows_of(chart, visible);
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    double sum = 0;
    for (const Line& line : chart.lines) {
      const double value = line.values[row];
      if (std::isnan(value)) continue;
      sum += value;
      if (!stacked) highest = std::max(highest, value);
    }
    if (stacked) highest = std::max(highest, sum);
  }
  return highest;
}

double highest(const ChartData& chart, const Line& line, const Period& visible) {
  double highest = 0;
  const Rows rows = rows_of(chart, visible);
  // What is not a number is above nothing.
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    if (line.values[row] > highest) highest = line.values[row];
  }
  return highest;
}

ChartData stacked(ChartData chart) {
  for (std::size_t row = 0; row < chart.rows(); ++row) {
    const bool is_gap = std::all_of(chart.lines.begin(), chart.lines.end(),
                                    [row](const Line& line) { return std::isnan(line.values[row]); });
    double sum = 0;
    for (Line& line : chart.lines) {
      double& value = line.values[row];
      if (!std::isnan(value)) sum += value;
      if (!is_gap) value = sum;
    }
  }
  return chart;
}

}  // namespace milter_manager::gui
