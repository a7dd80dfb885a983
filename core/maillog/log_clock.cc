// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/log_clock.h"

#include <algorithm>
#include <vector>

#include "core/maillog/minute.h"

namespace milter_manager::maillog {
namespace {

constexpr double kActive = 10 * 60;
constexpr double kOld = 60 * 60;
}  // namespace

std::optional<LogClock> read_clock(const Hosts& hosts, double now, double lateness) {
  std::vector<double> clocks;
  hosts.for_each([&](const Host& host) {
    if (const auto newest = host.clock.newest()) clocks.push_back(*newest);
  });
  if (clocks.empty()) return std::nullopt;
  const double newest = *std::max_element(clocks.begin(), clocks.end());
  double slowest = newest;
  for (const double clock : clocks) {
    if (clock >= newest - kActive) slowest = std::min(slowest, clock);
  }
  const double passed = std::max(slowest - lateness, now - kOld);
  LogClock clock;
  clock.closed = minute_of(passed) - kMinute;
  clock.alive = std::min(clock.closed, minute_of(newest));
  return clock;
}

}  // namespace milter_manager::maillog
