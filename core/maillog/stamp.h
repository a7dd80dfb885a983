// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace milter_manager::maillog {

// The time at the beginning of a log line, as it is written there.
struct Stamp {
  int year = 0;  // 0: the line has none
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;  // 60 in a leap second
  std::int32_t microseconds = 0;
  std::optional<int> offset;  // seconds east of UTC; none: local time
};

// Reads the stamp at the line's beginning, the blanks behind it included. Returns how long it is, 0 if there is none.
//
//   "Sep  4 00:13:24 "                     RFC 3164
//   "2026-09-14T00:13:24.134747+02:00 "    RFC 3339; also "Z", "+0200", a blank for the "T", no fraction, no offset
std::size_t parse_stamp(std::string_view line, Stamp& stamp);

// Whether the day exists in that year.
bool is_date(int year, int month, int day);
// Seconds from 1970-01-01 to the stamp's date and time in `year`, as if it were UTC. Cost: a few additions.
std::int64_t seconds_as_utc(const Stamp& stamp, int year);

}  // namespace milter_manager::maillog
