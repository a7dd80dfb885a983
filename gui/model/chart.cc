// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/chart.h"

#include <algorithm>

namespace milter_manager::gui {

std::string_view name_of(ChartKind kind) {
  constexpr std::string_view kNames[] = {"status", "report", "load", "message", "evaluation", "greylist"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::size_t row_at(const ChartData& chart, std::chrono::sys_seconds time) {
  if (time < chart.first) return chart.rows();
  return std::min(static_cast<std::size_t>((time - chart.first) / chart.step), chart.rows());
}

ChartData moved(ChartData chart, std::chrono::seconds by) {
  chart.first += by;
  chart.period.from += by;
  chart.period.to += by;
  return chart;
}

}  // namespace milter_manager::gui
