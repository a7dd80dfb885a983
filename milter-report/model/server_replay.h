// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "milter-report/model/bounds.h"

namespace milter_manager::report {

// A piece of work: when it was asked for (Unix seconds), and how long it takes without waiting.
struct Work {
  double begin = 0;
  double seconds = 0;
  double end() const { return begin + seconds; }
};

// What becomes of the work with a number of servers that take it first come, first served.
struct Replay {
  std::uint64_t total = 0;
  std::uint64_t waited = 0;    // found no server free
  double waiting_seconds = 0;  // in sum
  double longest_wait = 0;
  double waiting_share() const {
    return total > 0 ? static_cast<double>(waited) / static_cast<double>(total) : 0;
  }
};

// Exact: each piece begins when it is asked for or when a server gets free, whichever is later. `work` is sorted by
// begin. Servers: at least 1. Cost: O(n log servers); memory: the servers.
Replay replay(const std::vector<Work>& work, std::uint32_t servers);

// The smallest number of servers with which less than `limit` of the work waits (more servers never let wait more:
// Kiefer and Wolfowitz, 1955). At least 1.
// Cost: a replay for each bit of the answer.
std::uint32_t servers_for(const std::vector<Work>& work, double limit);

// How many pieces are under way at once, at most, and in the mean over [from, to].
struct Concurrency {
  std::uint32_t maximum = 0;
  double mean = 0;
};
Concurrency concurrency(const std::vector<Work>& work, double from, double to);

// How many pieces were under way when each began, itself not counted. `work` is sorted by begin.
std::vector<std::uint32_t> found_busy(const std::vector<Work>& work);

void sort_by_begin(std::vector<Work>& work);

}  // namespace milter_manager::report
