// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/worker_curve.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

#include "milter-report/model/erlang_c.h"
#include "milter-report/model/worker_count.h"

namespace milter_manager::report {
namespace {

std::vector<WorkerEffect> by_replay(const std::vector<Work>& work, std::uint32_t most) {
  std::vector<WorkerEffect> effects;
  bool anyone_waits = true;
  for (std::uint32_t workers = 1; workers <= most; ++workers) {
    WorkerEffect& effect = effects.emplace_back();
    effect.workers = workers;
    if (!anyone_waits) continue;  // nor with more of them
    const Replay replayed = replay(work, workers);
    effect.waiting_share = replayed.waiting_share();
    effect.mean_wait = replayed.waiting_seconds / static_cast<double>(replayed.total);
    effect.longest_wait = replayed.longest_wait;
    anyone_waits = replayed.waited > 0;
  }
  return effects;
}

std::vector<WorkerEffect> by_formula(const BusyHour& hour, std::uint32_t most) {
  std::vector<WorkerEffect> effects;
  for (std::uint32_t workers = 1; workers <= most; ++workers) {
    effects.push_back(
        {.workers = workers, .waiting_share = erlang_c(workers, hour.erlangs), .is_estimate = true});
  }
  return effects;
}

// Adds a stretch in which so many were under way.
void add_stretch(std::vector<double>& seconds, std::size_t at_once, double stretch, std::uint32_t most) {
  at_once = std::min<std::size_t>(at_once, most);
  if (seconds.size() <= at_once) seconds.resize(at_once + 1);
  seconds[at_once] += stretch;
}

}  // namespace

std::vector<WorkerEffect> worker_curve(const HostLoad& load, std::uint32_t most) {
  if (!load.work.empty()) return by_replay(load.work, most);
  const std::vector<BusyHour> hours = busiest_hours(load.load_hours);
  return hours.empty() ? std::vector<WorkerEffect>() : by_formula(hours.front(), most);
}

std::vector<Work> work_between(const std::vector<Work>& work, double since, double until) {
  std::vector<Work> part;
  std::copy_if(work.begin(), work.end(), std::back_inserter(part),
               [&](const Work& piece) { return piece.begin >= since && piece.begin < until; });
  return part;
}

std::vector<double> seconds_at_once(const std::vector<Work>& work, std::uint32_t most) {
  std::vector<double> seconds;
  if (work.empty()) return seconds;
  std::priority_queue<double, std::vector<double>, std::greater<>> ends;
  double time = work.front().begin;
  const auto move_to = [&](double moment) {
    add_stretch(seconds, ends.size(), std::max(0.0, moment - time), most);
    time = std::max(time, moment);
  };
  const auto end_until = [&](double moment) {
    while (!ends.empty() && ends.top() <= moment) {
      move_to(ends.top());
      ends.pop();
    }
  };
  for (const Work& piece : work) {
    end_until(piece.begin);
    move_to(piece.begin);
    ends.push(piece.end());
  }
  while (!ends.empty()) {
    move_to(ends.top());
    ends.pop();
  }
  return seconds;
}

std::vector<double> seconds_at_once(const std::map<std::int64_t, LoadHour>& hours, std::uint32_t most) {
  std::vector<double> seconds;
  for (const auto& [begin, hour] : hours) {
    if (!(hour.seconds > 0)) continue;
    const double mean = std::clamp(hour.busy_seconds / hour.seconds, 0.0, static_cast<double>(most));
    add_stretch(seconds, static_cast<std::size_t>(std::lround(mean)), hour.seconds, most);
  }
  return seconds;
}

}  // namespace milter_manager::report
