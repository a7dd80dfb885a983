// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/axis.h"

#include <time.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <limits>
#include <string>

#include "milter-manager-log-analyzer/text.h"
#include "test/log_analyzer/drawing/sketch.h"

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::hours;

// The local time of another place, as long as it lives.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* old = std::getenv("TZ")) old_ = old;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    old_.empty() ? ::unsetenv("TZ") : ::setenv("TZ", old_.c_str(), 1);
    ::tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string old_;
};

// "23:00 8 Mar, …": the texts with the local time of their middles.
std::string texts(const char* start, hours span, const Language& language = languages()[0]) {
  std::string all;
  for (const TimeTick& tick : time_axis(at(start), at(start) + span, language)) {
    if (tick.text.empty()) continue;
    all += (all.empty() ? "" : ", ") + tick.text + " at " + local_time(tick.text_at).substr(5);
  }
  return all;
}

std::string values(double highest) {
  std::string all;
  for (const ValueTick& tick : value_axis(highest).ticks) all += (all.empty() ? "" : " ") + tick.text;
  return all;
}

}  // namespace

TEST_CASE("the axis of values ends at or a little above the highest") {
  CHECK(values(1) == "0 0.2 0.4 0.6 0.8 1");
  CHECK(values(0.125) == "0 0.025 0.05 0.075 0.1 0.125");
  CHECK(values(7) == "0 2 4 6 8");
  CHECK(values(11) == "0 2.5 5 7.5 10 12.5");
  CHECK(values(999) == "0 200 400 600 800 1k");
  CHECK(values(1200) == "0 250 500 750 1k 1.25k");
  CHECK(values(3e7) == "0 10M 20M 30M");
  CHECK(values(0.0007) == "0 0.0002 0.0004 0.0006 0.0008");
  CHECK(values(0) == "0");
  CHECK(values(std::numeric_limits<double>::denorm_min()) == "0");
  CHECK(values(std::numeric_limits<double>::infinity()) == "0");
  CHECK(values(std::numeric_limits<double>::quiet_NaN()) == "0");
  for (double highest = 1e-6; highest < 1e15; highest *= 1.37) {
    CAPTURE(highest);
    const ValueAxis axis = value_axis(highest);
    CHECK(axis.top >= highest * (1 - 1e-9));
    CHECK(axis.top <= highest * 2);
    CHECK(axis.ticks.size() >= 3);
    CHECK(axis.ticks.size() <= 6);
    CHECK(axis.ticks.back().value == Approx(axis.top));
  }
}

TEST_CASE("a day has hours, and the date at local midnight") {
  const Zone zone("Asia/Tokyo");
  CHECK(texts("2026-09-14T10:00:00Z", hours(24)) ==
        "21:00 at 09-14 21:00, 15 Sep at 09-15 00:00, 03:00 at 09-15 03:00, 06:00 at 09-15 06:00, "
        "09:00 at 09-15 09:00, 12:00 at 09-15 12:00, 15:00 at 09-15 15:00, 18:00 at 09-15 18:00");
}

TEST_CASE("hours are those of places that are half an hour off too") {
  const Zone zone("Asia/Kolkata");
  CHECK(texts("2026-09-14T16:00:00Z", hours(6)) == "15 Sep at 09-15 00:00, 03:00 at 09-15 03:00");
}

TEST_CASE("a week has days, each named in its middle, also when one has 23 or 25 hours") {
  const Zone zone("Europe/Berlin");
  CHECK(texts("2026-10-22T22:00:00Z", hours(4 * 24 + 1)) ==
        "Fri 23 Oct at 10-23 12:00, Sat 24 Oct at 10-24 12:00, Sun 25 Oct at 10-25 11:30, "
        "Mon 26 Oct at 10-26 12:00, Tue 27 Oct at 10-27 12:00");
  for (const TimeTick& tick :
       time_axis(at("2026-10-22T22:00:00Z"), at("2026-10-28T22:00:00Z"), languages()[0])) {
    if (tick.major) CHECK(local_time(tick.time).substr(11) == "00:00");
  }
}

TEST_CASE("no hour has two texts on the day that has 25") {
  const Zone zone("Europe/Berlin");
  const std::string all = texts("2026-10-24T22:00:00Z", hours(25));
  CHECK(all.find("03:00") == all.rfind("03:00 at"));
  CHECK(texts("2026-10-24T22:00:00Z", hours(7)) ==
        "25 Oct at 10-25 00:00, 03:00 at 10-25 03:00, 06:00 at 10-25 06:00");
}

TEST_CASE("a month has Mondays, a year months with the year in January") {
  const Zone zone("America/New_York");
  CHECK(texts("2026-08-20T04:00:00Z", hours(35 * 24)) ==
        "24 Aug at 08-24 00:00, 31 Aug at 08-31 00:00, 7 Sep at 09-07 00:00, 14 Sep at 09-14 00:00, 21 Sep "
        "at 09-21 00:00");
  CHECK(
      texts("2025-11-15T05:00:00Z", hours(120 * 24)) ==
      "Nov at 11-15 23:30, Dec at 12-16 12:00, 2026 at 01-16 12:00, Feb at 02-15 00:00, Mar at 03-16 12:30");
}

TEST_CASE("dates are written as the language writes them") {
  const Zone zone("Asia/Tokyo");
  const Language& japanese = languages()[1];
  CHECK(texts("2026-09-14T13:00:00Z", hours(4), japanese) == "9月15日 at 09-15 00:00");
  CHECK(texts("2026-09-13T15:00:00Z", hours(49), japanese)
            .starts_with("9月14日（月） at 09-14 12:00, 9月15日（火） at"));
  CHECK(texts("2026-01-20T15:00:00Z", hours(80 * 24), japanese).find("2月 at ") != std::string::npos);
}

TEST_CASE("the time of the last update has its offset") {
  {
    const Zone zone("Asia/Kolkata");
    CHECK(iso_time(at("2026-09-14T23:59:00Z")) == "2026-09-15T05:29:00+05:30");
  }
  const Zone zone("America/New_York");
  CHECK(iso_time(at("2026-09-14T23:59:00Z")) == "2026-09-14T19:59:00-04:00");
}

}  // namespace milter_manager::log_analyzer
