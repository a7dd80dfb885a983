// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace milter_manager::maillog {

// The two times that a clock on the wall may have meant.
struct LocalTimes {
  std::int64_t first = 0;   // Unix time
  std::int64_t second = 0;  // the same, but in an hour that comes twice since clocks are put back
};

// What `wall_seconds` (a local date and time, as seconds_as_utc() gives them) is as Unix time, in the zone
// that the
// process's TZ names. A time that clocks leap over is taken as if they had not been put forward yet.
// Cost: about a microsecond. Call tzset() before, when TZ may have changed.
LocalTimes local_times(std::int64_t wall_seconds);

// The year on the wall at a Unix time.
int local_year(std::int64_t unix_seconds);

// The beginning of the day on the wall, as Unix time.
std::int64_t local_midnight(std::int64_t unix_seconds);

}  // namespace milter_manager::maillog
