// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/maillog/read_state.h"

namespace milter_manager::log_analyzer {

// A host whose lines stand in the log.
struct LogHost {
  std::string name;  // as in the log, but valid UTF-8 without control characters: it needs escaping
  std::optional<std::chrono::sys_seconds> newest;  // the stamp of its newest line, of any program
  bool has_manager = false;                        // a milter manager of it has written
};

struct LogHosts {
  std::vector<LogHost> shown;  // those with a milter manager first, then by name; at most kMaximum
  std::size_t more = 0;        // that are not among them
  std::optional<std::chrono::sys_seconds> newest;  // of any host's line

  static constexpr std::size_t kMaximum = 100;
};

LogHosts hosts_of(const maillog::ReadState& state);

}  // namespace milter_manager::log_analyzer
