// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/total.h"

#include <map>

namespace milter_manager::metrics {
namespace {

using State = supervision::MilterStatus::State;

// A milter that one process can't reach is one that mail passes unasked.
void add_reachability(const supervision::Snapshot& snapshot, Counts& counts) {
  std::map<std::string, bool> up;
  for (const auto& process : snapshot.processes) {
    for (const auto& milter : process.milters) {
      const bool reachable = milter.state == State::reachable;
      if (!reachable && milter.state != State::unreachable) continue;
      const auto known = up.try_emplace(milter.name, true).first;
      known->second = known->second && reachable;
    }
  }
  for (const auto& [name, reachable] : up) counts.set(Id::milter_up, {name}, reachable ? 1 : 0);
}

}  // namespace

Counts total(const supervision::Snapshot& snapshot, const std::string& version) {
  Counts counts = decode(snapshot.measurements);
  add_reachability(snapshot, counts);
  const auto set = [&](Id id, Counts::Labels labels, auto number) {
    counts.set(id, std::move(labels), static_cast<double>(number));
  };
  set(Id::log_lines_total, {}, snapshot.log_lines);
  set(Id::log_lines_dropped_total, {}, snapshot.log_dropped);
  set(Id::log_queue_bytes, {}, snapshot.log_waiting);
  for (const auto& breaker : snapshot.breakers) {
    set(Id::milter_breaker_open, {breaker.milter}, breaker.open ? 1 : 0);
    set(Id::milter_breaker_trips_total, {breaker.milter}, breaker.trips);
  }
  set(Id::workers, {}, snapshot.processes.size());
  set(Id::worker_restarts_total, {}, snapshot.worker_restarts);
  set(Id::reloads_total, {"done"}, snapshot.reloads);
  set(Id::reloads_total, {"refused"}, snapshot.failed_reloads);
  set(Id::start_time_seconds, {}, snapshot.started_at);
  set(Id::build_info, {version}, 1);
  return counts;
}

supervision::Measurements measurements() {
  supervision::Measurements all;
  all.add = [](std::string_view one, std::string_view other) {
    Counts counts = decode(one);
    counts.add(decode(other));
    return encode(counts);
  };
  all.remains = [](std::string_view one) {
    Counts counts = decode(one);
    counts.forget_gauges();
    return encode(counts);
  };
  return all;
}

}  // namespace milter_manager::metrics
