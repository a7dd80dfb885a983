// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::supervision {

// How a milter of the configuration stands in one process.
struct MilterStatus {
  enum class State : std::uint8_t {
    unknown,  // nobody has tried to reach it yet
    reachable,
    unreachable,  // sessions take its fallback at once; it is probed for
    disabled,     // by the configuration
    stopped,      // by stop_milter(), until the next reload
  };
  std::string name;
  State state = State::unknown;
  std::uint64_t open = 0;    // connections to it now
  std::string last_error;    // "" : none since the start
  double last_error_at = 0;  // Unix time
};

// A milter's circuit breaker. There is one of the whole manager.
struct BreakerStatus {
  std::string milter;
  bool open = false;
  std::uint64_t trips = 0;  // how often it opened, since the milter has it
};

// How one process that serves mail stands. Numbers that only grow count from the process's start.
struct ProcessStatus {
  std::uint32_t worker = 0;  // 1 to n; 0: the only process
  pid_t pid = 0;
  double started_at = 0;  // Unix time
  std::uint64_t sessions_finished = 0;
  std::uint64_t sessions_open = 0;
  std::uint64_t children_open = 0;
  std::uint64_t max_connections = 0;  // in force; 0: none
  bool accepting = false;
  std::uint64_t log_lines = 0;    // statistics lines handed to the log's sink
  std::uint64_t log_dropped = 0;  // and those that it could not take
  std::uint64_t log_waiting = 0;  // bytes of all lines that the log has not written yet, now
  std::vector<MilterStatus> milters;
  std::string measurements;  // what core/metrics counts there, as it encodes them
};

// How the whole manager stands.
struct Snapshot {
  pid_t pid = 0;                // of the main process
  double started_at = 0;        // Unix time
  std::uint32_t n_workers = 0;  // as configured; 0: the main process itself serves
  std::uint64_t worker_restarts = 0;
  std::uint64_t reloads = 0;             // that took effect
  std::uint64_t failed_reloads = 0;      // refused
  double configured_at = 0;              // Unix time when the configuration in force was read
  std::string connection_spec;           // where it listens; "" when it does not
  std::vector<ProcessStatus> processes;  // that serve now, by number
  std::vector<BreakerStatus> breakers;   // of the milters that have one

  // Of all processes, ended ones included: these never go down.
  std::uint64_t sessions_finished = 0;
  std::uint64_t log_lines = 0;
  std::uint64_t log_dropped = 0;
  std::string measurements;  // added up (see measurements.h)

  // Of the living.
  std::uint64_t sessions_open = 0;
  std::uint64_t children_open = 0;
  std::uint64_t log_waiting = 0;  // the main process included
};

// A ProcessStatus on its way from worker to supervisor. Decoding trusts nothing.
std::string encode(const ProcessStatus& status);
Result<ProcessStatus> decode_process_status(std::string_view bytes);

// "unknown", "reachable", …
std::string_view name_of(MilterStatus::State state);

}  // namespace milter_manager::supervision
