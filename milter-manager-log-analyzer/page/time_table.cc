// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/time_table.h"

#include <algorithm>
#include <cmath>

#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr std::size_t kToHour = 13;  // "2026-03-08 14"
constexpr std::size_t kToDay = 10;   // "2026-03-08"
constexpr std::size_t kToMonth = 7;  // "2026-03"

std::string label_of(const Range& range, std::chrono::sys_seconds time) {
  const std::string stamp = local_time(time);
  if (range.tag == "day") return stamp.substr(0, kToHour) + ":00";
  return stamp.substr(0, range.tag == "year" ? kToMonth : kToDay);
}

std::vector<Stretch> work_out(const Range& range, const Exhibit& exhibit, std::size_t rows) {
  std::vector<Stretch> stretches;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string label = label_of(range, exhibit.start + exhibit.row * static_cast<std::int64_t>(row));
    if (stretches.empty() || stretches.back().label != label)
      stretches.push_back({std::move(label), row, row});
    stretches.back().end = row + 1;
  }
  return stretches;
}

}  // namespace

const std::vector<Stretch>& Stretches::of(const Range& range, const Exhibit& exhibit) {
  const std::size_t rows = exhibit.series.empty() ? 0 : exhibit.series.front().values.size();
  const auto key = std::tuple(range.tag, static_cast<std::int64_t>(exhibit.start.time_since_epoch().count()),
                              static_cast<std::int64_t>(exhibit.row.count()), rows);
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  return known_.emplace(key, work_out(range, exhibit, rows)).first->second;
}

bool is_known(const Exhibit& exhibit, const Stretch& stretch) {
  for (const Series& series : exhibit.series) {
    const auto begin =
        series.values.begin() + static_cast<std::ptrdiff_t>(std::min(stretch.begin, series.values.size()));
    const auto end =
        series.values.begin() + static_cast<std::ptrdiff_t>(std::min(stretch.end, series.values.size()));
    if (std::any_of(begin, end, [](double value) { return !std::isnan(value); })) return true;
  }
  return false;
}

std::string in_stretch(const Exhibit& exhibit, const Series& series, const Stretch& stretch) {
  double minutes = 0, sum = 0, most = 0;
  for (std::size_t row = stretch.begin; row < std::min(stretch.end, series.values.size()); ++row) {
    const double value = series.values[row];
    if (std::isnan(value)) continue;
    // As the totals do.
    const auto row_begin = exhibit.start + exhibit.row * static_cast<std::int64_t>(row);
    const auto span = std::min(row_begin + exhibit.row, exhibit.until) - std::max(row_begin, series.begin);
    const double known = static_cast<double>(span.count()) / 60;
    minutes += known;
    sum += value * known;
    most = std::max(most, value);
  }
  if (minutes <= 0) return "–";
  switch (series.measure) {
    case Measure::events:
      return grouped(sum);
    case Measure::at_once:
      return rounded(most);
    case Measure::level:
      return rounded(sum / minutes);
  }
  return "–";
}

}  // namespace milter_manager::log_analyzer
