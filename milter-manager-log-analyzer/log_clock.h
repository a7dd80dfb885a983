// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>

#include "core/archive/archive.h"
#include "core/maillog/hosts.h"

namespace milter_manager::log_analyzer {

// Which minutes of a log are complete, by the log's own clock: the newest stamp of any line of a host, be it of
// another program, that is not ahead of the wall clock.
struct LogClock {
  archive::Minute closed;  // the newest complete minute
  archive::Minute alive;   // the newest complete minute in which the log was still written
};

// A minute is complete when the slowest of the hosts that wrote in the log's last 10 minutes is 30 s past it, since
// lines reach a log a little out of order; or when `now` is an hour past it: an old log is complete.
// None for a log without a line.
std::optional<LogClock> read_clock(const maillog::Hosts& hosts, std::chrono::sys_seconds now);

}  // namespace milter_manager::log_analyzer
