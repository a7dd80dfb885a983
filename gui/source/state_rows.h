// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <set>
#include <string>

#include "gui/source/manager_state.h"
#include "gui/source/row_store.h"

namespace milter_manager::gui {

// What a running manager told at several moments, as rows. It may have been asked at any times: what it has counted between two
// of them is spread evenly over the time between.
class StateRows {
 public:
  // So much time between two states is a gap: nobody knows in which part of it things happened.
  static constexpr std::chrono::seconds kGap{60};
  // At most so many milters have rows, over all states: a manager that tells new names each time is none.
  static constexpr std::size_t kMaximumMilters = ManagerState::kMaximumMilters;

  explicit StateRows(std::chrono::seconds step) : store_(step), step_(step) {}

  // `time`: when it was told. A state from before the last one counts nothing.
  void take(const ManagerState& state, Moment time);
  // There is a gap until the next state: what the manager counts while nobody asks is of no known time.
  void lose() { last_.reset(); }

  const std::optional<ManagerState>& last() const { return last_; }
  Moment last_time() const { return time_; }
  const RowStore& store() const { return store_; }

 private:
  void put(const StateRow& row, Moment to);

  RowStore store_;
  std::chrono::seconds step_;
  std::set<std::string> milters_;
  std::optional<ManagerState> last_;
  Moment time_{};
};

}  // namespace milter_manager::gui
