// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "milter-report/model/milter_load.h"
#include "milter-report/model/server_replay.h"

namespace milter_manager::report {

// What so many workers would do with a milter's load.
struct WorkerEffect {
  std::uint32_t workers = 0;
  double waiting_share = 0;  // the probability that a mail has to wait for a worker
  double mean_wait = 0;      // seconds, over all mails; 0 where `is_estimate`
  double longest_wait = 0;   // seconds; 0 where `is_estimate`
  bool is_estimate = false;  // by Erlang's formula for the busiest hour; else by replay
};

// The effect of each number of workers up to `most`. Replayed where the load has work, else by Erlang's formula. An
// empty load gives none. Cost: a replay a worker.
std::vector<WorkerEffect> worker_curve(const HostLoad& load, std::uint32_t most);

// The work that began in [since, until): a chosen day.
std::vector<Work> work_between(const std::vector<Work>& work, double since, double until);

// For how much of the time how many were under way at once: the k-th value is the seconds with exactly k; from the first begin to the
// last end. `work` is sorted by begin. At most `most` + 1 values: the last one is of `most` or more.
std::vector<double> seconds_at_once(const std::vector<Work>& work, std::uint32_t most);
// The same of load hours, where there is no single work: each hour counts with its mean, rounded.
std::vector<double> seconds_at_once(const std::map<std::int64_t, LoadHour>& hours, std::uint32_t most);

// What so many workers take, of which one takes `bytes`.
constexpr std::uint64_t memory_of(std::uint32_t workers, std::uint64_t bytes) { return workers * bytes; }

}  // namespace milter_manager::report
