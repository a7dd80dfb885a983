// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/bench/tally.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace milter_manager::bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void Tally::finished(std::string_view outcome, std::string_view stage, Clock::duration latency) {
  latencies_.push_back(std::chrono::duration<float, std::milli>(latency).count());
  key_.clear();
  fmt::format_to(std::back_inserter(key_), "{} at {}", outcome, stage);
  const auto known = results_.find(key_);
  if (known == results_.end()) {
    results_.emplace(key_, 1);
  } else {
    ++known->second;
  }
}

void Tally::failed(std::string_view why, std::string_view stage) {
  ++errors_;
  ++reasons_[fmt::format("{} at {}", why, stage)];
}

std::string Tally::json(Clock::duration elapsed) const {
  auto sorted = latencies_;
  std::sort(sorted.begin(), sorted.end());
  const auto percentile = [&](double share) {
    if (sorted.empty()) return 0.0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return static_cast<double>(sorted[std::min(at, sorted.size() - 1)]);
  };
  const double time = std::chrono::duration<double>(elapsed).count();
  const nlohmann::ordered_json report = {
      {"elapsed_s", time},
      {"sessions", sessions()},
      {"sessions_per_second", static_cast<double>(sessions()) / time},
      {"connections", connections_},
      {"latency_ms",
       {{"p50", percentile(.5)}, {"p90", percentile(.9)}, {"p99", percentile(.99)}, {"max", percentile(1)}}},
      {"results", results_},
      {"protocol_errors", errors_},
      {"errors", reasons_},
      {"edits", edits_},
      {"agreed",
       {{"version", agreed_.version},
        {"actions", protocol::action_names(agreed_.actions)},
        {"steps", protocol::step_names(agreed_.steps)}}},
      {"cpu_s", own_cpu_seconds()},
  };
  return report.dump();
}

}  // namespace milter_manager::bench
