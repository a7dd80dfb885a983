// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/archive/layout.h"
#include "core/maillog/minutes.h"
#include "core/result.h"
#include "gui/model/contents.h"

namespace milter_manager::gui {

// What a running manager tells at one moment. Not trusted: it may be another program that answers. A number that no events can have
// caused (archive::is_count()) is not taken.
struct ManagerState {
  static constexpr std::size_t kMaximumMilters = 1000;

  struct Milter {
    MilterState state = MilterState::unknown;
    bool is_evaluated = false;
    std::string last_error;
  };
  struct Number {
    archive::Kind kind = archive::Kind::session;
    std::string milter;
    std::size_t source = 0;  // of the kind's layout
    bool operator<(const Number& other) const;
  };
  double started_at = 0;  // Unix seconds; 0: not told. Counters begin anew with it
  std::map<std::string, Milter> milters;
  std::map<Number, double> counters;  // since the start
  std::map<Number, double> levels;    // now

  // Adds to a number of `counters` or `levels`, where the sum can be one.
  static void add(std::map<Number, double>& numbers, const Number& number, double value);
};

// The controller's answer to get-status (share/doc/control.md).
Result<ManagerState> parse_status(std::string_view json);
// What the metrics address serves, in Prometheus' text format (share/doc/metrics.md). Other programs' metrics are passed over.
Result<ManagerState> parse_metrics(std::string_view text);

// The rows between two states, by kind and milter: events a minute, levels of the later state, NaN for what is not told. None where
// the manager has begun anew between, or no time has passed.
struct StateRow {
  archive::Kind kind = archive::Kind::session;
  std::string milter;
  maillog::Row row;
};
std::vector<StateRow> rows_between(const ManagerState& before, const ManagerState& after, double seconds);

}  // namespace milter_manager::gui
