// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/sums.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace milter_manager::archive {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds kFine = minutes(1);
constexpr seconds kMiddle = minutes(8);
// Rows of averages, and what they surely reach back, in whole rows of the next longer ones.
struct Span {
  seconds step;
  seconds reach;
};
constexpr Span kCoarse[] = {
    {minutes(56), minutes(280) * 38}, {minutes(280), minutes(1440) * 36}, {minutes(1440), seconds(0)}};
constexpr seconds kFineReach = kCoarse[0].step * 50;
constexpr seconds kMiddleReach = kCoarse[0].step * 26;

sys_seconds rounded_up(sys_seconds time, seconds step) {
  const seconds past = time.time_since_epoch() % step;
  return past == seconds(0) ? time : time - past + step;
}

// Adds the rows whose periods end in (from, to].
void add_rows(const Table& table, const Layout& layout, sys_seconds from, sys_seconds to, Sums& sums) {
  const double minutes_a_row = static_cast<double>(table.step.count()) / 60;
  for (std::size_t source = 0; source < table.sources.size(); ++source) {
    const auto place = std::find(layout.sources.begin(), layout.sources.end(), table.sources[source]);
    if (place == layout.sources.end()) continue;
    double& value = sums.values[static_cast<std::size_t>(place - layout.sources.begin())];
    for (std::size_t row = 0; row < table.rows(); ++row) {
      // What no event can cause, a damaged archive can.
      const double here = table.at(row, source);
      if (table.time(row) <= from || table.time(row) > to || !std::isfinite(here) || here < 0) continue;
      value += here * minutes_a_row;
      sums.any = true;
    }
  }
  const sys_seconds begin = from - from.time_since_epoch() % table.step;
  sums.first = std::min(sums.first, begin);
}

}  // namespace

Result<Sums> sum(const Archive& archive, sys_seconds from, sys_seconds to) {
  Sums sums;
  sums.values.resize(archive.layout().sources.size());
  sums.first = from;
  if (to <= from) return sums;
  // The minute [T, T + 60 s) is stored at T: rows (from - 1 s, to - 1 s].
  const sys_seconds first = from - seconds(1);
  const sys_seconds last = to - seconds(1);
  auto newest = archive.fetch(Consolidation::maximum, last - kFineReach, last, kFine);
  if (!newest) return tl::unexpected(newest.error());
  seconds reach = kFineReach;
  if (newest->step != kFine) {
    newest = archive.fetch(Consolidation::average, last - kMiddleReach, last, kMiddle);
    if (!newest) return tl::unexpected(newest.error());
    reach = kMiddleReach;
  }
  sys_seconds end = last;
  sys_seconds border = rounded_up(last - reach, kCoarse[0].step);
  add_rows(*newest, archive.layout(), std::max(first, border), end, sums);
  if (newest->step == kFine) sums.first = from;
  for (std::size_t i = 0; i < std::size(kCoarse) && border > first; ++i) {
    end = border;
    const bool is_last = i + 1 == std::size(kCoarse);
    border = is_last ? first : rounded_up(last - kCoarse[i].reach, kCoarse[i + 1].step);
    const sys_seconds begin = std::max(first, border);
    const auto older = archive.fetch(Consolidation::average, begin, end, kCoarse[i].step);
    if (!older) return tl::unexpected(older.error());
    add_rows(*older, archive.layout(), begin, end, sums);
  }
  return sums;
}

}  // namespace milter_manager::archive
