// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gui/model/chart.h"

namespace milter_manager::gui {

// What a source has. Quick to find out: the first chart waits for it.
struct Contents {
  std::vector<std::string> milters;  // names, by name; untrusted text
  std::vector<std::string> hosts;    // where they can be told apart; none: there is one, or they cannot
  std::optional<std::chrono::sys_seconds> first, newest;  // of what is known
  std::vector<std::string> failures;                      // sentences: what could not be read
  bool operator==(const Contents&) const = default;
};

enum class MilterState : std::uint8_t {
  unknown,
  active,       // it had sessions in the period
  silent,       // it had none
  failing,      // it failed in at least one of a hundred: errors, timeouts
  reachable,    // as a running manager says, these four
  unreachable,  //
  disabled,     //
  stopped,      // by stop-child
};

// One milter in a period, in the list on the left.
struct MilterOverview {
  std::string name;
  MilterState state = MilterState::unknown;
  // Of the messages (connections, where the archives know no messages) that it was asked about: the part that it rejected.
  std::optional<double> reject_share = {};
  std::vector<double> sparkline = {};  // events a minute over the period, some tens of values; NaN: a gap
  bool is_evaluated = false;           // its verdicts were tried, and not enforced
  std::string last_error = {};         // of a running manager; "" for none
};

// The manager is in `manager`, with an empty name.
struct Overview {
  Period period;
  MilterOverview manager = {};
  std::vector<MilterOverview> milters = {};  // by name
  std::vector<std::string> failures = {};    // sentences
};

}  // namespace milter_manager::gui
