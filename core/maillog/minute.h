// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace milter_manager::maillog {

inline constexpr std::int64_t kMinute = 60;  // seconds

// The minute that a time is in: its first second. For every line of a log: no division of floating point, no call.
inline std::int64_t minute_of(double time) {
  auto second = static_cast<std::int64_t>(time);
  if (static_cast<double>(second) > time) --second;  // before 1970
  const std::int64_t past = second % kMinute;
  return second - (past < 0 ? past + kMinute : past);
}

}  // namespace milter_manager::maillog
