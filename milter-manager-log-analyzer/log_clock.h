// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/archive/archive.h"
#include "core/maillog/log_clock.h"

namespace milter_manager::log_analyzer {

// The log's clock in the archives' minutes: see maillog::LogClock.
struct LogClock {
  archive::Minute closed;  // the newest complete minute
  archive::Minute alive;   // the newest complete minute in which the log was still written
};

inline LogClock archive_clock(const maillog::LogClock& clock) {
  const auto minute = [](std::int64_t second) {
    return std::chrono::floor<std::chrono::minutes>(std::chrono::sys_seconds(std::chrono::seconds(second)));
  };
  return {minute(clock.closed), minute(clock.alive)};
}

}  // namespace milter_manager::log_analyzer
