// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/window.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

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

// What the series drawn add up to, by the row's time.
using Sums = std::map<sys_seconds, double>;

void add_to(Sums& sums, const archive::Table& table, const SeriesStyle& style) {
  const auto found = std::find(table.sources.begin(), table.sources.end(), style.source);
  if (found == table.sources.end()) return;
  const auto source = static_cast<std::size_t>(found - table.sources.begin());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double value = table.at(row, source);
    if (!std::isnan(value)) sums[table.time(row)] += value;
  }
}

}  // namespace

bool Window::known() const {
  return std::any_of(curves.begin(), curves.end(), [](const Curve& curve) { return curve.known; });
}

Result<Window> read_window(std::span<const archive::Archive> archives, const GraphDefinition& definition,
                           const Range& range, sys_seconds now) {
  Window window;
  window.row = seconds(range.row);
  window.end = now - (now.time_since_epoch() % window.row);
  window.start = window.end - seconds(range.seconds);
  const sys_seconds first = window.start + window.row;
  seconds longest_row{};
  archive::Table means, maxima;
  Sums sums;
  for (std::size_t i = 0; i < definition.series.size(); ++i) {
    const archive::Archive& archive = archives[std::min(i, archives.size() - 1)];
    if (i < archives.size()) {
      auto averages = archive.fetch(Consolidation::average, first, window.end, seconds(range.row));
      if (!averages) return tl::unexpected(averages.error());
      auto highest = archive.fetch(Consolidation::maximum, first, window.end, seconds(range.row));
      if (!highest) return tl::unexpected(highest.error());
      means = std::move(*averages);
      maxima = std::move(*highest);
      longest_row = std::max(longest_row, means.step);
    }
    const SeriesStyle& style = definition.series[i];
    window.curves.push_back(measure(style.measure == Measure::at_once ? maxima : means, style, window));
    window.curves.back().archive = archive.path();
    add_to(sums, means, style);
  }
  window.row = longest_row;
  for (const auto& [time, sum] : sums) {
    if (time > window.start && time <= window.end) window.highest_sum = std::max(window.highest_sum, sum);
  }
  return window;
}

}  // namespace milter_manager::log_analyzer
