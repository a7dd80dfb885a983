// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/host_clock.h"

#include <algorithm>

#include "core/maillog/local_time.h"

namespace milter_manager::maillog {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kDay = 24 * 60 * 60;

bool same_minute(const Stamp& a, const Stamp& b) {
  return a.minute == b.minute && a.hour == b.hour && a.day == b.day && a.month == b.month &&
         a.year == b.year && a.offset == b.offset;
}

}  // namespace

double HostClock::read(const Stamp& stamp, double now) {
  std::int64_t seconds = 0;
  if (minute_is_known_ && same_minute(stamp, minute_)) {
    seconds = minute_begin_ + stamp.second;
  } else if (stamp.offset) {
    seconds = seconds_as_utc(stamp, stamp.year) - *stamp.offset;
    minute_ = stamp;
    minute_begin_ = seconds - stamp.second;
    minute_is_known_ = true;
  } else {
    seconds = resolve(stamp, now);
  }
  return move(seconds, stamp.microseconds, now);
}

double HostClock::read(std::int64_t microseconds, double now) {
  constexpr std::int64_t kSecond = 1'000'000;
  return move(microseconds / kSecond, static_cast<std::int32_t>(microseconds % kSecond), now);
}

double HostClock::move(std::int64_t seconds, std::int32_t microseconds, double now) {
  remember(seconds);
  const double time = static_cast<double>(seconds) + microseconds * 1e-6;
  if (!oldest_ || time < *oldest_) oldest_ = time;
  if (time <= now + static_cast<double>(kMinute)) newest_ = std::max(newest_.value_or(time), time);
  return time;
}

std::int64_t HostClock::resolve(const Stamp& stamp, double now) {
  bool comes_twice = false;
  std::int64_t time = 0;
  if (stamp.year != 0) {
    time = resolve_local(stamp, stamp.year, comes_twice);
  } else {
    const auto limit = static_cast<std::int64_t>(now) + kDay;
    int year = local_year(static_cast<std::int64_t>(now)) + 1;
    // 29 February may be eight years away.
    const int oldest = year - 9;
    while (year > oldest &&
           (!is_date(year, stamp.month, stamp.day) || resolve_local(stamp, year, comes_twice) > limit)) {
      --year;
    }
    time = resolve_local(stamp, year, comes_twice);
    if (last_ && time > static_cast<std::int64_t>(now) && is_date(year - 1, stamp.month, stamp.day)) {
      bool earlier_comes_twice = false;
      const std::int64_t earlier = resolve_local(stamp, year - 1, earlier_comes_twice);
      if (earlier >= *last_ - kDay) {
        time = earlier;
        comes_twice = earlier_comes_twice;
      }
    }
  }
  minute_ = stamp;
  minute_begin_ = time - stamp.second;
  minute_is_known_ = !comes_twice;
  return time;
}

std::int64_t HostClock::resolve_local(const Stamp& stamp, int year, bool& comes_twice) const {
  const LocalTimes times = local_times(seconds_as_utc(stamp, year));
  comes_twice = times.first != times.second;
  // A line from long before the line before it begins another file, whose order tells nothing yet.
  const bool is_behind = last_ && times.first < *last_ - kDisorder && times.first > *last_ - kDay;
  return is_behind ? times.second : times.first;
}

void HostClock::remember(std::int64_t time) {
  if (!last_ || time > *last_ || time < *last_ - kDay) last_ = time;
}

}  // namespace milter_manager::maillog
