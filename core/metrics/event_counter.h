// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/counts.h"
#include "core/proxy/server.h"
#include "core/statistics/event.h"

namespace milter_manager::metrics {

// Counts what one process that serves reports. All on the loop's thread: counting is adding to plain numbers (some ten
// nanoseconds an event, no allocation but for what is seen for the first time), and reading is done between two events.
class EventCounter {
 public:
  void count(const statistics::Event& event);
  void count_start(std::string_view milter, bool started);

  // Since the start of the process.
  Counts counts() const;

 private:
  struct Milter {
    std::map<std::uint32_t, std::uint64_t> verdicts;     // by state, status, group and cause
    std::map<std::uint32_t, std::uint64_t> connections;  // by state and status
    std::uint64_t passed = 0, rejected = 0, deferred = 0;
    std::uint64_t started = 0, not_started = 0;
    Histogram waits;
  };
  Milter& milter(std::string_view name);

  using ByStateAndStatus = std::map<std::uint32_t, std::uint64_t>;
  ByStateAndStatus sessions_;
  ByStateAndStatus messages_;
  Histogram session_seconds_;
  Histogram message_seconds_;
  std::uint64_t clients_gone_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t quarantined_ = 0;
  std::map<std::string, Milter, std::less<>> milters_;
};

// How a serving process stands beside what its sessions report.
struct Standing {
  proxy::ServerCounters server;
  std::vector<proxy::MilterStanding> milters;
  std::uint64_t condition_queue = 0;
  std::uint64_t unsent_bytes = 0;
};
void add_standing(const Standing& standing, Counts& counts);

}  // namespace milter_manager::metrics
