// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/archive/layout.h"
#include "gui/model/chart.h"
#include "gui/model/contents.h"

namespace milter_manager::gui {

// Which archives a chart is of. `is_of_milter`: of a milter, else of the manager. None: there is no such chart.
std::optional<archive::Kind> archive_kind(ChartKind kind, bool is_of_milter);

// What the values of a data source are.
Measure measure_of(ChartKind kind, std::string_view source);

// The chart of a kind with the same rows, all of them gaps: lines as the layout names them.
std::vector<Line> lines_of(ChartKind kind, const archive::Layout& layout, std::size_t rows);

// Adds the lines of another chart, row by row of the same time; what is unknown in one counts nothing. Lines that this one does not have are
// appended. Levels (Measure::seconds) are not added: the larger one counts.
void add(ChartData& chart, const ChartData& other);

// What the list shows of a milter, or the manager, by what is known of it in a period. Charts without lines count as none.
MilterOverview overview_of(const ChartData& connections, const ChartData& messages, const ChartData& load,
                           const ChartData& evaluation);

}  // namespace milter_manager::gui
