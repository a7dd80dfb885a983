// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/window.h"

#include <algorithm>
#include <cmath>

namespace milter_manager::log_analyzer {
namespace {

using archive::Consolidation;
using std::chrono::seconds;
using std::chrono::sys_seconds;

Curve measure(const archive::Table& table, const SeriesStyle& style, const Window& window) {
  Curve curve;
  curve.style = &style;
  const auto found = std::find(table.sources.begin(), table.sources.end(), style.source);
  if (found == table.sources.end()) return curve;
  const auto source = static_cast<std::size_t>(found - table.sources.begin());
  const double minutes_a_row = static_cast<double>(table.step.count()) / 60;
  double minutes = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double value = table.at(row, source);
    if (table.time(row) <= window.start || table.time(row) > window.end || std::isnan(value)) continue;
    curve.known = true;
    curve.total += value * minutes_a_row;
    curve.highest = std::max(curve.highest, value);
    minutes += minutes_a_row;
  }
  if (minutes > 0) curve.mean = curve.total / minutes;
  if (style.measure == Measure::at_once) curve.total = 0;
  return curve;
}

double highest_sum(const archive::Table& table, const Window& window) {
  double highest = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.time(row) <= window.start || table.time(row) > window.end) continue;
    double sum = 0;
    for (std::size_t source = 0; source < table.sources.size(); ++source) {
      const double value = table.at(row, source);
      if (!std::isnan(value)) sum += value;
    }
    highest = std::max(highest, sum);
  }
  return highest;
}

}  // namespace

bool Window::known() const {
  return std::any_of(curves.begin(), curves.end(), [](const Curve& curve) { return curve.known; });
}

Result<Window> read_window(const archive::Archive& archive, const GraphDefinition& definition,
                           const Range& range, sys_seconds now) {
  Window window;
  window.row = seconds(range.row);
  window.end = now - (now.time_since_epoch() % window.row);
  window.start = window.end - seconds(range.seconds);
  const auto means = archive.fetch(Consolidation::average, window.start + window.row, window.end, window.row);
  if (!means) return tl::unexpected(means.error());
  const auto maxima =
      archive.fetch(Consolidation::maximum, window.start + window.row, window.end, window.row);
  if (!maxima) return tl::unexpected(maxima.error());
  window.row = means->step;
  for (const SeriesStyle& style : definition.series) {
    window.curves.push_back(measure(style.measure == Measure::at_once ? *maxima : *means, style, window));
  }
  window.highest_sum = highest_sum(*means, window);
  return window;
}

}  // namespace milter_manager::log_analyzer
