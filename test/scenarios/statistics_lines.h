// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::scenarios {

// The statistics lines of a manager's log, made fit to be compared with a scenario's.
struct StatisticsLines {
  std::vector<std::string> raw;    // as they stand in the log
  std::vector<std::string> named;  // no time has passed, it is the scenario's time of day, and tags are names
};

// `log` has the level in front of each line and no other item. Of the connections to the manager, in order,
// `counts[i]` says whether the i-th is a scenario's. The log must have [session][start] lines; they are not returned,
// nor is what is said about no session.
StatisticsLines statistics_lines(std::string_view log, const std::vector<bool>& counts);

}  // namespace milter_manager::scenarios
