// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/state_rows.h"

#include <algorithm>

namespace milter_manager::gui {

void StateRows::take(const ManagerState& state, Moment time) {
  // Two questions were answered in another order. Far behind the clock was set: then it is a beginning.
  if (last_ && time <= time_ && time_ - time <= kGap) return;
  if (last_ && time > time_ && time - time_ <= kGap) {
    const auto rows = rows_between(*last_, state, std::chrono::duration<double>(time - time_).count());
    for (const StateRow& row : rows) put(row, time);
    if (!rows.empty()) store_.mark_alive(time_, time, std::chrono::seconds(0));
  }
  last_ = state;
  time_ = time;
}

void StateRows::put(const StateRow& row, Moment to) {
  if (!row.milter.empty() && !milters_.contains(row.milter)) {
    if (milters_.size() >= kMaximumMilters) return;
    milters_.insert(row.milter);
  }
  const SeriesId id{"", row.kind, row.milter, ""};
  const std::chrono::milliseconds step = step_;
  for (Moment from = time_; from < to;) {
    const Moment begin(from.time_since_epoch() / step * step);
    const Moment end = std::min(begin + step, to);
    const double share = static_cast<double>((end - from).count()) / static_cast<double>(step.count());
    store_.put(id, std::chrono::floor<std::chrono::seconds>(begin), row.row, share);
    from = end;
  }
}

}  // namespace milter_manager::gui
