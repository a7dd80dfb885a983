// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/archived_milters.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "core/archive/layout.h"
#include "milter-manager-log-analyzer/output_directory.h"

namespace milter_manager::log_analyzer {
namespace {

double events_of(const maillog::Series& series) {
  double events = 0;
  for (const auto& [minute, row] : series) {
    for (const double value : row) events += std::isfinite(value) ? value : 0;
  }
  return events;
}

}  // namespace

Result<ArchivedMilters> ArchivedMilters::of(const std::string& directory) {
  const auto files = list_archives(directory);
  if (!files) return tl::unexpected(files.error());
  ArchivedMilters milters;
  for (const ArchiveFile& file : *files) {
    if (!file.what.safe_milter.empty()) milters.safe_names_.insert(file.what.safe_milter);
  }
  return milters;
}

void ArchivedMilters::take_up(const maillog::SeriesTable& rows) {
  std::map<std::string, double> wanted;
  for (const auto& [key, series] : rows) {
    if (!key.milter.empty() && !has(key.milter)) wanted[archive::safe_name(key.milter)] += events_of(series);
  }
  std::vector<std::pair<std::string, double>> order(wanted.begin(), wanted.end());
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  for (auto& [name, events] : order)
    (safe_names_.size() < kMaximum ? safe_names_ : left_out_).insert(std::move(name));
}

bool ArchivedMilters::has(std::string_view milter) const {
  return safe_names_.count(archive::safe_name(milter)) > 0;
}

}  // namespace milter_manager::log_analyzer
