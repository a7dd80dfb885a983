// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "milter-report/model/milter_load.h"
#include "milter-report/model/quantile.h"

namespace milter_manager::report {

// Targets: the part of mails that may have to wait for a worker.
inline constexpr double kFewWait = 0.01;
inline constexpr double kHardlyAnyWait = 0.001;

// An hour and what it would take by Erlang's formula, if its arrivals came by chance at an even rate.
struct BusyHour {
  std::int64_t begin = 0;  // Unix seconds
  std::uint64_t mails = 0;
  double service = 0;                 // seconds, mean; 0 where it is not known
  double erlangs = 0;                 // busy seconds per second
  std::uint32_t few_wait = 0;         // workers with erlang_c() below kFewWait
  std::uint32_t hardly_any_wait = 0;  // below kHardlyAnyWait
};

// Whether waits are service times, or hold the time spent queueing for a worker.
struct Saturation {
  // The part of mails that found at least as many others under way as there are workers: these queued. None where the
  // number of workers is not known.
  std::optional<double> queued;
  // How often a mail that found many others under way (the tenth with the most) took longer than one that found few
  // (the half with the fewest): 0.5 where load makes no difference, 1 where it decides. None where
  // there are too few mails, or always about as many under way.
  std::optional<double> growth;
  bool is_saturated() const;
};
inline constexpr double kQueuedOfSaturation = 0.05;
inline constexpr double kGrowthOfSaturation = 0.7;

Saturation saturation(const std::vector<Work>& work, std::optional<std::uint32_t> workers);

// How many workers (children, threads) the work of one host needs.
struct WorkerCount {
  std::uint64_t mails = 0;
  double seconds = 0;           // from the first to the last
  double rate = 0;              // mails per second
  std::optional<Mean> service;  // seconds; of waits, if saturated
  double median = 0, p95 = 0, p99 = 0;
  std::optional<Bounds> median_bounds, p95_bounds;
  double erlangs = 0;  // busy at once, in the mean
  std::uint32_t most_at_once = 0;
  Saturation saturation;
  std::vector<BusyHour> hours;  // the busiest first; at most kHours
  static constexpr std::size_t kHours = 5;
  // By replay of the work as it came. None if saturated: the service time can't be known then.
  std::optional<std::uint32_t> few_wait, hardly_any_wait;
};

// `workers`: how many there are now, if known. Cost: some twenty passes over the work.
WorkerCount worker_count(const std::vector<Work>& work, std::optional<std::uint32_t> workers);

// The busiest hours of what load lines tell.
std::vector<BusyHour> busiest_hours(const std::map<std::int64_t, LoadHour>& hours);

// With how many open SMTP connections all of `workers` are busy on average, as each connection keeps so much of a worker busy:
// workers times (seconds of sessions / busy seconds). None where either is not known.
std::optional<std::uint32_t> connections_at_full_load(std::uint32_t workers, double session_seconds,
                                                      double busy_seconds);

// The rule for who has measured nothing: a third of the SMTP connections at once, as greylisting keeps most of them from the
// content filters; at least spamd's own default.
std::uint32_t workers_without_measurement(std::uint64_t smtp_connections);

}  // namespace milter_manager::report
