// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "gui/model/chart.h"

namespace milter_manager::gui {

// What a chart shows as a table: "time" and a column a line; a row for each row of the chart in its period, its time in UTC,
// "2026-09-14T12:30:00Z". Gaps are empty fields. Numbers have all digits that there are: they are those of `rrdtool xport`.
// A name that a spreadsheet would take for a formula gets a "'" in front.
std::string to_csv(const ChartData& chart);

}  // namespace milter_manager::gui
