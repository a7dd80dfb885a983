// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "core/archive/archive.h"
#include "milter-manager-log-analyzer/drawing/picture.h"
#include "test/archive/scratch.h"

namespace milter_manager::log_analyzer {

using archive::ScratchDirectory;

// "2026-09-14T23:59:00Z". Fails the test if it is no time.
std::chrono::sys_seconds at(const char* time);

// The table's graph of a subject: the manager's, or a milter's.
const GraphDefinition& graph_of(Subject subject, bool of_milter = false);

const Curve& curve_of(const Window& window, std::string_view source);
const SeriesStyle& style_of(const GraphDefinition& definition, std::string_view source);

// A new archive of the kind, with rows from `first` on.
archive::Archive archive_of(const ScratchDirectory& directory, archive::Kind kind, const char* first,
                            const std::vector<std::vector<double>>& minutes);

// A day in rows of 8 minutes, all series being 0.
Window quiet_day(const GraphDefinition& definition);
// The series' values from the first row on; the legend's numbers are those of the values.
void set(Window& window, std::string_view source, const std::vector<double>& values);

Sheet sheet_of(const GraphDefinition& definition, const Window& window);

}  // namespace milter_manager::log_analyzer
