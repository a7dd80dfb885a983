// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/chart_content.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "gui/pages/series_look.h"

namespace milter_manager::gui {
namespace {

// The lines of `data` that `wanted` says, in its order.
template <class Wanted>
ChartData part(const ChartData& data, Wanted wanted) {
  ChartData picked;
  picked.kind = data.kind;
  picked.period = data.period;
  picked.first = data.first;
  picked.step = data.step;
  for (std::size_t i = 0; i < data.lines.size(); ++i) {
    if (wanted(i)) picked.lines.push_back(data.lines[i]);
  }
  return picked;
}

// The sum of the areas of an earlier period: one dashed line over them.
Pieces earlier_sum(const ChartData& earlier, const std::vector<std::string>& keys, const Period& visible,
                   std::uint32_t columns, double& highest_value) {
  const ChartData sums = stacked(part(earlier, [&](std::size_t i) {
    return std::find(keys.begin(), keys.end(), earlier.lines[i].key) != keys.end();
  }));
  if (sums.lines.empty()) return {};
  highest_value = std::max(highest_value, highest(sums, sums.lines.back(), visible));
  return decimate(sums, sums.lines.back(), visible, columns);
}

// The measure of the left axis: that of the first line. The other axis is of the first other measure but events, which may
// stand beside counts of what is there at once.
Measure left_measure(const ChartData& data) {
  for (const Line& line : data.lines) {
    if (line.measure != Measure::bytes) return line.measure;
  }
  return Measure::events;
}

bool is_right(Measure measure, Measure left) {
  if (measure == left) return false;
  return measure != Measure::events || left != Measure::at_once;
}

std::function<double(std::size_t, double)> reader(std::shared_ptr<const ChartData> data) {
  return [data = std::move(data)](std::size_t series, double time) {
    const auto moment =
        std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(std::floor(time))));
    const std::size_t row = row_at(*data, moment);
    if (row >= data->rows() || series >= data->lines.size()) return std::numeric_limits<double>::quiet_NaN();
    return data->lines[series].values[row];
  };
}

}  // namespace

void Toggled::set(const QString& key, bool is_shown) {
  (is_shown ? shown : hidden).insert(key);
  (is_shown ? hidden : shown).remove(key);
}

bool Toggled::is_shown(const QString& key, bool otherwise) const {
  if (hidden.contains(key)) return false;
  return otherwise || shown.contains(key);
}

ChartContent chart_content(const ChartNumbers& numbers, const Toggled& toggled, const Period& visible,
                           std::uint32_t columns) {
  ChartContent content;
  const ChartData& data = *numbers.present;
  content.title = chart_title(data.kind, data.milter);
  const Measure left = left_measure(data);
  content.unit = unit_text(data.kind, left);
  content.reading = reader(numbers.present);

  std::vector<std::string> areas;  // keys of those shown
  for (std::size_t i = 0; i < data.lines.size(); ++i) {
    const Line& line = data.lines[i];
    const SeriesLook look = series_look(data.kind, line.key, i);
    ChartSeries series{
        look.name, look.colour, look.is_dashed, is_right(line.measure, left), look.is_area, true, {}, {}, {}};
    series.is_shown = toggled.is_shown(QString::fromStdString(line.key), look.is_shown);
    if (series.is_on_right && series.is_shown && content.right_unit.isEmpty())
      content.right_unit = unit_text(data.kind, line.measure);
    if (series.is_area && series.is_shown) areas.push_back(line.key);
    content.series.push_back(std::move(series));
  }

  const auto is_shown_area = [&](std::size_t i) {
    return content.series[i].is_area && content.series[i].is_shown;
  };
  ChartData areas_alone = part(data, is_shown_area);
  content.highest = highest(areas_alone, visible, true);
  const ChartData stack = stacked(std::move(areas_alone));
  std::size_t level = 0;
  for (std::size_t i = 0; i < content.series.size(); ++i) {
    ChartSeries& series = content.series[i];
    if (!series.is_shown) continue;
    if (series.is_area) {
      series.line = decimate(stack, stack.lines[level++], visible, columns);
      series.is_zero = highest(data, data.lines[i], visible) <= 0;
      continue;
    }
    series.line = decimate(data, data.lines[i], visible, columns);
    double& top = series.is_on_right ? content.right_highest : content.highest;
    const double own = highest(data, data.lines[i], visible);
    series.is_zero = own <= 0;
    top = std::max(top, own);
    if (!numbers.earlier) continue;
    for (std::size_t j = 0; j < numbers.earlier->lines.size(); ++j) {
      if (numbers.earlier->lines[j].key != data.lines[i].key) continue;
      series.earlier = decimate(*numbers.earlier, numbers.earlier->lines[j], visible, columns);
      top = std::max(top, highest(*numbers.earlier, numbers.earlier->lines[j], visible));
    }
  }
  if (numbers.earlier && !areas.empty()) {
    const auto last =
        std::find_if(content.series.rbegin(), content.series.rend(),
                     [](const ChartSeries& series) { return series.is_area && series.is_shown; });
    last->earlier = earlier_sum(*numbers.earlier, areas, visible, columns, content.highest);
  }
  if (data.lines.empty()) {
    content.message = data.failures.empty() ? QCoreApplication::translate(
                                                  "ChartContent", "There are no numbers of this kind here.")
                                            : QString::fromStdString(data.failures.front());
  }
  return content;
}

}  // namespace milter_manager::gui
