// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/maillog/hosts.h"
#include "core/maillog/record.h"
#include "core/statistics/event.h"

namespace milter_manager::maillog {

// What a later run has to know of a process.
struct ProcessState {
  std::string host;
  std::uint32_t pid = 0;
  bool has_heartbeat = false;
  std::uint64_t lines_read = 0;     // since its last heartbeat
  std::uint64_t lines_written = 0;  // as that heartbeat told
  std::uint64_t dropped = 0;        // the same
  bool operator==(const ProcessState&) const = default;
};

// What is known of the processes whose lines are read, by (host, pid): whether their escapes are escapes, and
// how many
// of their lines were lost on the way. Lines may claim any pid: beyond kMaximum processes all but those
// heard from last are forgotten.
class Processes {
 public:
  static constexpr std::size_t kMaximum = 32768;

  // Counts a statistics line of the process, and tells how to read it: escapes are undone behind the
  // process's first
  // heartbeat, which has none itself.
  statistics::Escapes line(std::uint32_t host_number, std::uint32_t pid);

  // A heartbeat in the line just counted.
  Delivery heartbeat(const statistics::Heartbeat& heartbeat);

  // Those heard from longest ago come first.
  std::vector<ProcessState> states(const Hosts& hosts) const;
  void restore(const std::vector<ProcessState>& states, Hosts& hosts);

 private:
  struct Process {
    bool has_heartbeat = false;
    std::uint64_t lines_read = 0;     // since its last heartbeat
    std::uint64_t lines_written = 0;  // as that heartbeat told
    std::uint64_t dropped = 0;
    std::uint64_t last_line = 0;
  };
  void forget_old();

  std::unordered_map<std::uint64_t, Process> processes_;
  Process* recent_ = nullptr;
  std::uint64_t recent_key_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace milter_manager::maillog
