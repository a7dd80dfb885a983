// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "milter-manager-log-analyzer/output_directory.h"
#include "milter-manager-log-analyzer/page/summary.h"

namespace milter_manager::log_analyzer {

// A page with more milters than that is of no use, and each has dozens of pictures. Nobody has so many: names beyond were
// made up by who could write to the log.
inline constexpr std::size_t kMostMilters = 50;

// Leaves the archives and the summary of the kMostMilters milters that were busiest in the last week, and of the manager.
// Returns how many are left out.
std::size_t keep_busiest(Summary& summary, std::vector<ArchiveFile>& archives);

}  // namespace milter_manager::log_analyzer
