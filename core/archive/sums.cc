// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/sums.h"

#include <algorithm>
#include <iterator>
#include <utility>

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

// The minute [T, T + 60 s) is stored at T: the minutes [from, to) are rows (from - 1 s, to - 1 s].
sys_seconds stored_at(sys_seconds time) { return time - seconds(1); }

// Adds the rows of a source whose periods end in (after, up_to].
void add_rows(const Table& table, std::size_t source, sys_seconds after, sys_seconds up_to,
              std::optional<double>& sum) {
  const double minutes_a_row = static_cast<double>(table.step.count()) / 60;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double value = table.at(row, source);
    if (table.time(row) <= after || table.time(row) > up_to || !is_count(value)) continue;
    sum = sum.value_or(0) + value * minutes_a_row;
  }
}

}  // namespace

Result<Counts> Counts::read(const Archive& archive, sys_seconds from, sys_seconds to) {
  Counts counts(archive.layout());
  if (to <= from) return counts;
  const sys_seconds first = stored_at(from), last = stored_at(to);
  auto newest = archive.fetch(Consolidation::maximum, last - kFineReach, last, kFine);
  if (!newest) return tl::unexpected(newest.error());
  seconds reach = kFineReach;
  if (newest->step != kFine) {
    newest = archive.fetch(Consolidation::average, last - kMiddleReach, last, kMiddle);
    if (!newest) return tl::unexpected(newest.error());
    reach = kMiddleReach;
  }
  sys_seconds border = rounded_up(last - reach, kCoarse[0].step);
  counts.stretches_.push_back({std::move(*newest), std::max(first, border), last});
  for (std::size_t i = 0; i < std::size(kCoarse) && border > first; ++i) {
    const sys_seconds end = border;
    const bool is_last = i + 1 == std::size(kCoarse);
    border = is_last ? first : rounded_up(last - kCoarse[i].reach, kCoarse[i + 1].step);
    const sys_seconds begin = std::max(first, border);
    auto older = archive.fetch(Consolidation::average, begin, end, kCoarse[i].step);
    if (!older) return tl::unexpected(older.error());
    counts.stretches_.push_back({std::move(*older), begin, end});
  }
  return counts;
}

std::optional<double> Counts::sum(std::initializer_list<std::string_view> sources, sys_seconds from,
                                  sys_seconds to) const {
  std::optional<double> sum;
  for (const Stretch& stretch : stretches_) {
    const auto& names = stretch.table.sources;
    for (std::size_t source = 0; source < names.size(); ++source) {
      if (std::find(sources.begin(), sources.end(), names[source]) == sources.end()) continue;
      add_rows(stretch.table, source, std::max(stretch.after, stored_at(from)),
               std::min(stretch.up_to, stored_at(to)), sum);
    }
  }
  return sum;
}

Sums Counts::sums(sys_seconds from, sys_seconds to) const {
  Sums sums;
  sums.first = from;
  for (const std::string_view source : layout_->sources) {
    const auto value = sum({source}, from, to);
    sums.values.push_back(value.value_or(0));
    sums.any = sums.any || value;
  }
  for (const Stretch& stretch : stretches_) {
    const sys_seconds after = std::max(stretch.after, stored_at(from));
    if (stretch.table.step == kFine || after >= std::min(stretch.up_to, stored_at(to))) continue;
    sums.first = std::min(sums.first, after - after.time_since_epoch() % stretch.table.step);
  }
  return sums;
}

Result<Sums> sum(const Archive& archive, sys_seconds from, sys_seconds to) {
  const auto counts = Counts::read(archive, from, to);
  if (!counts) return tl::unexpected(counts.error());
  return counts->sums(from, to);
}

}  // namespace milter_manager::archive
