// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/local_time.h"

#include <algorithm>
#include <ctime>

namespace milter_manager::maillog {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;

std::int64_t offset_at(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm local{};
  return ::localtime_r(&time, &local) == nullptr ? 0 : local.tm_gmtoff;
}

}  // namespace

LocalTimes local_times(std::int64_t wall_seconds) {
  // Zones change at most once within two days, so these are the only two offsets that can be in force.
  const std::int64_t before = offset_at(wall_seconds - kDay);
  const std::int64_t after = offset_at(wall_seconds + kDay);
  const std::int64_t by_before = wall_seconds - before;
  if (before == after) return {by_before, by_before};
  const std::int64_t by_after = wall_seconds - after;
  const bool before_holds = offset_at(by_before) == before;
  const bool after_holds = offset_at(by_after) == after;
  if (before_holds && after_holds) return {std::min(by_before, by_after), std::max(by_before, by_after)};
  const std::int64_t only = after_holds ? by_after : by_before;
  return {only, only};
}

int local_year(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm local{};
  return ::localtime_r(&time, &local) == nullptr ? 1970 : local.tm_year + 1900;
}

std::int64_t local_midnight(std::int64_t unix_seconds) {
  const std::int64_t wall = unix_seconds + offset_at(unix_seconds);
  const std::int64_t since_midnight = ((wall % kDay) + kDay) % kDay;
  return local_times(wall - since_midnight).first;
}

}  // namespace milter_manager::maillog
