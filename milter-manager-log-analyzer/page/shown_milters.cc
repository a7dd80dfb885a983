// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/shown_milters.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace milter_manager::log_analyzer {

std::size_t keep_busiest(Summary& summary, std::vector<ArchiveFile>& archives) {
  std::map<std::string, double> busyness;
  for (const ArchiveFile& file : archives) {
    if (!file.what.safe_milter.empty()) busyness.emplace(file.what.safe_milter, 0);
  }
  if (busyness.size() <= kMostMilters) return 0;
  for (const PeriodSummary& period : summary.periods) {
    for (const MilterSummary& milter : period.milters) {
      double& busy = busyness[milter.safe_milter];
      busy = std::max(
          {busy, milter.outcomes ? milter.outcomes->all : 0, milter.trial ? milter.trial->messages : 0});
    }
  }
  std::vector<std::pair<std::string, double>> order(busyness.begin(), busyness.end());
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  std::set<std::string> left_out;
  std::for_each(order.begin() + kMostMilters, order.end(),
                [&](const auto& one) { left_out.insert(one.first); });
  const auto is_left_out = [&](const std::string& safe_milter) { return left_out.count(safe_milter) > 0; };
  std::erase_if(archives, [&](const ArchiveFile& file) { return is_left_out(file.what.safe_milter); });
  for (PeriodSummary& period : summary.periods)
    std::erase_if(period.milters,
                  [&](const MilterSummary& milter) { return is_left_out(milter.safe_milter); });
  return left_out.size();
}

}  // namespace milter_manager::log_analyzer
