// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/recent_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
using archive::Consolidation;
using archive::Table;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds kCoarse = minutes(56);
constexpr seconds kMiddle = minutes(8);
constexpr seconds kFine = minutes(1);
// What rows of a minute, and of 8, surely reach back; in whole coarse rows.
constexpr seconds kFineReach = kCoarse * 50;
constexpr seconds kMiddleReach = kCoarse * 26;

sys_seconds whole(sys_seconds time, seconds step) { return time - time.time_since_epoch() % step; }

// Adds the rows whose periods end in (from, to].
void add_rows(const Table& table, std::initializer_list<std::string_view> sources, sys_seconds from,
              sys_seconds to, std::optional<double>& sum) {
  const double minutes_a_row = static_cast<double>(table.step.count()) / 60;
  for (std::size_t source = 0; source < table.sources.size(); ++source) {
    if (std::find(sources.begin(), sources.end(), table.sources[source]) == sources.end()) continue;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const double value = table.at(row, source);
      if (table.time(row) <= from || table.time(row) > to || !std::isfinite(value) || value < 0) continue;
      sum = sum.value_or(0) + value * minutes_a_row;
    }
  }
}

}  // namespace

Result<RecentRows> RecentRows::read(const Archive& archive, sys_seconds from, sys_seconds now) {
  RecentRows rows;
  const sys_seconds last = now - seconds(1);
  auto newest = archive.fetch(Consolidation::maximum, last - kFineReach, last, kFine);
  if (!newest) return tl::unexpected(newest.error());
  seconds reach = kFineReach;
  if (newest->step != kFine) {
    newest = archive.fetch(Consolidation::average, last - kMiddleReach, last, kMiddle);
    if (!newest) return tl::unexpected(newest.error());
    reach = kMiddleReach;
  }
  rows.newest_ = std::move(*newest);
  rows.border_ = whole(last - reach + kCoarse, kCoarse);
  if (from >= rows.border_) return rows;
  auto older = archive.fetch(Consolidation::average, from, rows.border_, kCoarse);
  if (!older) return tl::unexpected(older.error());
  rows.older_ = std::move(*older);
  return rows;
}

std::optional<double> RecentRows::sum(std::initializer_list<std::string_view> sources, sys_seconds from,
                                      sys_seconds to) const {
  // The minute [T, T + 60 s) is stored at T: rows (from - 1 s, to - 1 s].
  const sys_seconds first = from - seconds(1);
  const sys_seconds last = to - seconds(1);
  std::optional<double> sum;
  add_rows(newest_, sources, std::max(first, border_), last, sum);
  if (first < border_) add_rows(older_, sources, first, std::min(border_, last), sum);
  return sum;
}

}  // namespace milter_manager::log_analyzer
