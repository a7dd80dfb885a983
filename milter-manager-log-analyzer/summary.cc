// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/summary.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
using archive::Consolidation;
using archive::Table;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds kCoarse = minutes(56);
constexpr seconds kMiddle = minutes(8);
constexpr seconds kFine = minutes(1);
// What rows of a minute, and of 8, surely reach back; in whole coarse rows.
constexpr seconds kFineReach = kCoarse * 50;
constexpr seconds kMiddleReach = kCoarse * 26;

struct Column {
  std::string_view source;
  double Counts::*of;  // besides `sessions`
};
constexpr Column kColumns[] = {{"pass", &Counts::passed},
                               {"accept", &Counts::passed},
                               {"reject", &Counts::rejected},
                               {"temporary_failure", &Counts::deferred}};

void add(const std::string& source, double events, Counts& counts) {
  counts.sessions += events;
  for (const Column& column : kColumns) {
    if (source == column.source) counts.*column.of += events;
  }
}

// Adds the rows whose periods end in (from, to].
void add_rows(const Table& table, sys_seconds from, sys_seconds to, Counts& counts) {
  const double minutes_a_row = static_cast<double>(table.step.count()) / 60;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.time(row) <= from || table.time(row) > to) continue;
    for (std::size_t source = 0; source < table.sources.size(); ++source) {
      const double value = table.at(row, source);
      if (!std::isnan(value)) add(table.sources[source], value * minutes_a_row, counts);
    }
  }
}

sys_seconds whole(sys_seconds time, seconds step) { return time - time.time_since_epoch() % step; }

}  // namespace

Result<Counts> count_sessions(const Archive& status, sys_seconds from, sys_seconds to) {
  Counts counts;
  if (to <= from) return counts;
  // The minute [T, T + 60 s) is stored at T: rows (from - 1 s, to - 1 s].
  const sys_seconds first = from - seconds(1);
  const sys_seconds last = to - seconds(1);
  auto newest = status.fetch(Consolidation::maximum, last - kFineReach, last, kFine);
  if (!newest) return tl::unexpected(newest.error());
  seconds reach = kFineReach;
  if (newest->step != kFine) {
    newest = status.fetch(Consolidation::average, last - kMiddleReach, last, kMiddle);
    if (!newest) return tl::unexpected(newest.error());
    reach = kMiddleReach;
  }
  const sys_seconds border = whole(last - reach + kCoarse, kCoarse);
  add_rows(*newest, std::max(first, border), last, counts);
  if (first >= border) return counts;

  const auto older = status.fetch(Consolidation::average, from, border, kCoarse);
  if (!older) return tl::unexpected(older.error());
  add_rows(*older, first, border, counts);
  return counts;
}

}  // namespace milter_manager::log_analyzer
