// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
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

// The same for a log's lines one after the other: what stands in a line as in the one before it is not taken apart
// again.
//
// Cost: a comparison and the seconds for a line of the same minute as the line before.
class StampReader {
 public:
  std::size_t read(std::string_view line, Stamp& stamp);

 private:
  static constexpr std::size_t kMaximumLength = 40;
  bool read_in_minute(std::string_view line, Stamp& stamp) const;
  void remember(std::string_view text, const Stamp& stamp);

  // The stamp read last, where its lines all look alike: "2026-09-14T00:13:" "24" "." "134747" "+02:00 ".
  std::array<char, kMaximumLength> text_{};
  std::size_t length_ = 0;  // 0: none
  std::size_t seconds_at_ = 0;
  std::size_t fraction_digits_ = 0;
  std::size_t rest_at_ = 0;
  Stamp stamp_;
};

// Whether the day exists in that year.
bool is_date(int year, int month, int day);
// Seconds from 1970-01-01 to the stamp's date and time in `year`, as if it were UTC. Cost: a few additions.
std::int64_t seconds_as_utc(const Stamp& stamp, int year);

}  // namespace milter_manager::maillog
