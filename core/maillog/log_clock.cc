// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/log_clock.h"

#include <algorithm>
#include <vector>

#include "core/maillog/minute.h"

namespace milter_manager::maillog {
namespace {

constexpr double kActive = 10 * 60;
constexpr double kOld = 60 * 60;

std::vector<double> clocks_of(const Hosts& hosts) {
  std::vector<double> clocks;
  hosts.for_each([&](const Host& host) {
    if (const auto newest = host.clock.newest()) clocks.push_back(*newest);
  });
  return clocks;
}

}  // namespace

std::optional<LogClock> read_clock(const Hosts& hosts, double now, double lateness) {
  const std::vector<double> clocks = clocks_of(hosts);
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

std::optional<LogClock> read_final_clock(const Hosts& hosts) {
  const std::vector<double> clocks = clocks_of(hosts);
  if (clocks.empty()) return std::nullopt;
  const std::int64_t newest = minute_of(*std::max_element(clocks.begin(), clocks.end()));
  return LogClock{newest, newest};
}

}  // namespace milter_manager::maillog
