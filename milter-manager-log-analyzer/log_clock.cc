// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/log_clock.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace milter_manager::log_analyzer {
namespace {

using archive::Minute;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds kLateness{maillog::HostClock::kDisorder};
constexpr seconds kActive = minutes(10);
constexpr seconds kOld = minutes(60);

Minute minute_of(sys_seconds time) { return std::chrono::floor<minutes>(time); }

}  // namespace

std::optional<LogClock> read_clock(const maillog::Hosts& hosts, sys_seconds now) {
  std::vector<sys_seconds> clocks;
  hosts.for_each([&](const maillog::Host& host) {
    if (const auto newest = host.clock.newest()) {
      clocks.push_back(sys_seconds(seconds(static_cast<std::int64_t>(std::floor(*newest)))));
    }
  });
  if (clocks.empty()) return std::nullopt;
  const sys_seconds newest = *std::max_element(clocks.begin(), clocks.end());
  sys_seconds slowest = newest;
  for (sys_seconds clock : clocks) {
    if (clock >= newest - kActive) slowest = std::min(slowest, clock);
  }
  const sys_seconds passed = std::max(slowest - kLateness, now - kOld);
  LogClock clock;
  clock.closed = minute_of(passed) - minutes(1);
  clock.alive = std::min(clock.closed, minute_of(newest));
  return clock;
}

}  // namespace milter_manager::log_analyzer
