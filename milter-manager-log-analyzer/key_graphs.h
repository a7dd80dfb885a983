// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <string>
#include <vector>

#include "core/maillog/report_rules.h"
#include "milter-manager-log-analyzer/graph_table.h"
#include "milter-manager-log-analyzer/output_directory.h"

namespace milter_manager::log_analyzer {

// A graph of report keys that the report archives have no source for: each of its series in an archive of its own.
struct KeyGraph {
  std::string safe_milter;  // "" for the manager's
  std::string stem;         // of its pictures' names
  std::string title;
  std::vector<std::string> keys;  // one a series
  std::vector<std::string> labels;
  std::vector<SeriesStyle> series;  // views of `labels`
  std::vector<std::string> files;   // the series' archives
  GraphDefinition definition{};     // views of all above
};

// One graph for each title that the rules give keys, of those keys that have an archive; a key without a rule, as one
// that has been taken out, has a graph of its own. First the manager's, then each milter's, in the order of the keys.
// Of PASS and FAIL of the same name the second looks like the first, but dashed.
std::list<KeyGraph> key_graphs(const std::vector<ArchiveFile>& archives, const maillog::ReportRules& rules);

}  // namespace milter_manager::log_analyzer
