// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "core/maillog/hosts.h"

namespace milter_manager::maillog {

// How late a line may reach the log, in seconds, where nothing else is said.
inline constexpr double kLateness = 90;

// Which minutes of a log are complete, by the log's own clock: the newest stamp of any line of a host, be it of
// another program, that is not ahead of the wall clock. Minutes are their first seconds, in Unix time.
struct LogClock {
  std::int64_t closed = 0;  // the newest complete minute
  std::int64_t alive = 0;   // the newest complete minute in which the log was still written
  bool operator==(const LogClock&) const = default;
};

// A minute is complete when the slowest of the hosts that wrote in the log's last 10 minutes has passed it by
// the
// lateness; or when `now` is an hour past it: an old log is complete.
// None for a log without a line.
std::optional<LogClock> read_clock(const Hosts& hosts, double now, double lateness = kLateness);

// The clock of a log that gets no more lines: the minute of its newest one is complete too.
std::optional<LogClock> read_final_clock(const Hosts& hosts);

}  // namespace milter_manager::maillog
