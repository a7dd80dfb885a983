// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/host_clock.h"

#include <catch2/catch.hpp>
#include <string>

#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* kNewYork = "EST5EDT,M3.2.0,M11.1.0";

Stamp stamp_of(const std::string& text) {
  Stamp stamp;
  REQUIRE(parse_stamp(text + " host", stamp) > 0);
  return stamp;
}

// Unix seconds of a time in UTC.
double utc(const std::string& text) {
  const Stamp stamp = stamp_of(text + "Z");
  return static_cast<double>(seconds_as_utc(stamp, stamp.year)) + stamp.microseconds / 1e6;
}

double read(HostClock& clock, const std::string& stamp, double now) {
  return clock.read(stamp_of(stamp), now);
}

TEST_CASE("stamps with an offset mean one time, wherever they are read") {
  ScopedTimeZone zone(kNewYork);
  HostClock clock;
  CHECK(read(clock, "2026-11-21T20:42:20.250000+02:00", 0) == utc("2026-11-21T18:42:20.25"));
  CHECK(read(clock, "2026-11-21T20:42:20Z", 0) == utc("2026-11-21T20:42:20"));
}

TEST_CASE("stamps without an offset are local time") {
  ScopedTimeZone zone(kNewYork);
  HostClock clock;
  CHECK(read(clock, "2026-07-01T12:00:00", 0) == utc("2026-07-01T16:00:00"));
  CHECK(read(clock, "Dec  1 12:00:00", utc("2026-12-02T00:00:00")) == utc("2026-12-01T17:00:00"));
}

TEST_CASE("a stamp without a year gets the newest that is not in the future") {
  ScopedTimeZone zone("UTC");
  struct Case {
    const char* now;
    const char* stamp;
    const char* time;
  };
  for (const Case& c : {
           Case{"2026-09-15T00:00:00", "Sep 14 12:00:00", "2026-09-14T12:00:00"},
           Case{"2027-01-01T00:05:00", "Dec 31 23:59:59", "2026-12-31T23:59:59"},
           Case{"2027-01-01T00:05:00", "Jan  1 00:00:00", "2027-01-01T00:00:00"},
           Case{"2026-12-31T23:59:00", "Jan  1 00:00:30", "2027-01-01T00:00:30"},  // its clock is fast
           Case{"2026-12-31T12:00:00", "Jan  1 12:00:01", "2026-01-01T12:00:01"},  // that is too fast
           Case{"2026-09-14T12:00:00", "Sep 15 11:59:59", "2026-09-15T11:59:59"},
           Case{"2026-09-14T12:00:00", "Sep 15 12:00:01", "2025-09-15T12:00:01"},
           Case{"2026-09-14T12:00:00", "Feb 29 12:00:00", "2024-02-29T12:00:00"},
           Case{"2103-09-14T12:00:00", "Feb 29 12:00:00", "2096-02-29T12:00:00"},
       }) {
    CAPTURE(c.now, c.stamp);
    HostClock clock;
    CHECK(read(clock, c.stamp, utc(c.now)) == utc(c.time));
  }
}

TEST_CASE("the last hours of the year count where the year ends later than in Greenwich") {
  ScopedTimeZone zone(kNewYork);
  const double now = utc("2027-01-01T04:00:00");  // 23:00 in New York
  HostClock clock;
  CHECK(read(clock, "Dec 31 20:00:00", now) == utc("2027-01-01T01:00:00"));
  CHECK(read(clock, "Dec 31 22:59:59", now) == utc("2027-01-01T03:59:59"));
}

TEST_CASE("lines go forward across New Year, and a late one goes back") {
  ScopedTimeZone zone("UTC");
  const double now = utc("2027-01-03T00:00:00");
  HostClock clock;
  CHECK(read(clock, "Dec 31 23:59:58", now) == utc("2026-12-31T23:59:58"));
  CHECK(read(clock, "Jan  1 00:00:01", now) == utc("2027-01-01T00:00:01"));
  CHECK(read(clock, "Dec 31 23:59:59", now) == utc("2026-12-31T23:59:59"));
  CHECK(read(clock, "Jan  2 00:00:01", now) == utc("2027-01-02T00:00:01"));
}

TEST_CASE("of the day that could be last year's or tomorrow the line before decides") {
  ScopedTimeZone zone("UTC");
  const double now = utc("2026-12-25T12:00:00");
  HostClock of_today, of_last_year;
  read(of_today, "Dec 25 11:59:00", now);
  CHECK(read(of_today, "Dec 25 12:01:00", now) == utc("2026-12-25T12:01:00"));
  of_last_year.read(stamp_of("2025-12-25T17:00:00"), now);
  CHECK(read(of_last_year, "Dec 25 18:00:00", now) == utc("2025-12-25T18:00:00"));
}

TEST_CASE("the hour that comes twice is told by the order of the lines") {
  ScopedTimeZone zone(kBerlin);
  const double now = utc("2026-10-26T00:00:00");
  HostClock clock;
  const std::pair<const char*, const char*> lines[] = {
      {"Oct 25 01:59:59", "2026-10-24T23:59:59"},
      {"Oct 25 02:00:01", "2026-10-25T00:00:01"},
      {"Oct 25 02:30:00", "2026-10-25T00:30:00"},
      {"Oct 25 02:29:50", "2026-10-25T00:29:50"},  // a little late
      {"Oct 25 02:59:59", "2026-10-25T00:59:59"},
      {"Oct 25 02:00:01", "2026-10-25T01:00:01"},
      {"Oct 25 02:59:59", "2026-10-25T00:59:59"},  // late, of the hour before
      {"Oct 25 02:30:00", "2026-10-25T01:30:00"},
      {"Oct 25 02:59:59", "2026-10-25T01:59:59"},
      {"Oct 25 03:00:00", "2026-10-25T02:00:00"},
  };
  for (const auto& [stamp, time] : lines) {
    CAPTURE(stamp);
    CHECK(read(clock, stamp, now) == utc(time));
  }
}

TEST_CASE("within one minute of the hour that comes twice lines may go back too") {
  ScopedTimeZone zone(kBerlin);
  const double now = utc("2026-10-26T00:00:00");
  HostClock clock;
  CHECK(read(clock, "Oct 25 02:30:50", now) == utc("2026-10-25T00:30:50"));
  CHECK(read(clock, "Oct 25 02:30:05", now) == utc("2026-10-25T01:30:05"));
}

TEST_CASE("an older file read after a newer one begins in the first of the two hours") {
  ScopedTimeZone zone(kBerlin);
  const double now = utc("2026-11-20T00:00:00");
  HostClock clock;
  read(clock, "Nov 19 12:00:00", now);
  CHECK(read(clock, "Oct 25 02:10:00", now) == utc("2026-10-25T00:10:00"));
  CHECK(read(clock, "Oct 25 02:50:00", now) == utc("2026-10-25T00:50:00"));
  CHECK(read(clock, "Oct 25 02:10:00", now) == utc("2026-10-25T01:10:00"));
}

TEST_CASE("a time that clocks leap over is taken as an hour later") {
  ScopedTimeZone zone(kBerlin);
  HostClock clock;
  const double now = utc("2026-03-30T00:00:00");
  CHECK(read(clock, "Mar 29 01:59:59", now) == utc("2026-03-29T00:59:59"));
  CHECK(read(clock, "Mar 29 02:30:00", now) == utc("2026-03-29T01:30:00"));
  CHECK(read(clock, "Mar 29 03:00:00", now) == utc("2026-03-29T01:00:00"));
}

TEST_CASE("the log's own clock does not follow lines from the future") {
  ScopedTimeZone zone("UTC");
  HostClock clock;
  const double now = utc("2026-09-14T12:00:00");
  CHECK_FALSE(clock.newest());
  read(clock, "Sep 14 11:00:00", now);
  read(clock, "Sep 14 12:01:01", now);
  CHECK(clock.newest() == utc("2026-09-14T11:00:00"));
  read(clock, "Sep 14 12:01:00", now);
  read(clock, "Sep 14 11:30:00", now);
  CHECK(clock.newest() == utc("2026-09-14T12:01:00"));
}

}  // namespace
}  // namespace milter_manager::maillog
