// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/log_clock.h"

#include <catch2/catch.hpp>

namespace milter_manager::maillog {
namespace {

constexpr std::int64_t kTen = 1789380000;  // 2026-09-14 10:00 UTC

// Clocks as seconds behind ten o'clock; `now` the same.
std::optional<LogClock> clock_of(const std::vector<std::pair<const char*, double>>& times, double now,
                                 double lateness = kLateness) {
  Hosts hosts;
  for (const auto& [host, time] : times) {
    hosts.at(host).clock.read(kTen * 1'000'000 + static_cast<std::int64_t>(time * 1e6), kTen + now);
  }
  auto clock = read_clock(hosts, kTen + now, lateness);
  if (clock) clock = LogClock{clock->closed - kTen, clock->alive - kTen};
  return clock;
}

TEST_CASE("a minute is complete when the slowest host that still writes has passed it by the lateness") {
  CHECK_FALSE(clock_of({}, 1200));
  CHECK(clock_of({{"a", 929.9}}, 1200)->closed == 720);
  CHECK(clock_of({{"a", 930}}, 1200)->closed == 780);
  CHECK(clock_of({{"a", 930}}, 1200, 0)->closed == 840);
  CHECK(clock_of({{"a", 930}, {"slow", 630}}, 1200)->closed == 480);
  CHECK(clock_of({{"a", 930}, {"slow", 330}}, 1200)->closed == 180);
  CHECK(clock_of({{"a", 930}, {"dead", 329.9}}, 1200)->closed == 780);
}

TEST_CASE("a minute is complete an hour later in any case") {
  CHECK(clock_of({{"a", 30}}, 3660)->closed == 0);
  CHECK(clock_of({{"a", 30}}, 3659)->closed == -60);
  // The log was not alive longer than its last line.
  CHECK(clock_of({{"a", 30}}, 9000)->closed == 5340);
  CHECK(clock_of({{"a", 30}}, 9000)->alive == 0);
}

TEST_CASE("a line ahead of the wall clock closes nothing") {
  CHECK(clock_of({{"a", 930}, {"a", 5000}}, 1200)->closed == 780);
  CHECK(clock_of({{"a", 1260}}, 1200)->closed == 1080);  // by a minute it may be
}

TEST_CASE("a log that gets no more lines is complete up to its newest one") {
  Hosts hosts;
  CHECK_FALSE(read_final_clock(hosts));
  hosts.at("slow").clock.read((kTen + 30) * 1'000'000, kTen + 1200);
  hosts.at("a").clock.read((kTen + 125) * 1'000'000, kTen + 1200);
  hosts.at("a").clock.read((kTen + 9000) * 1'000'000, kTen + 1200);  // ahead of the wall clock
  CHECK(read_final_clock(hosts) == LogClock{kTen + 120, kTen + 120});
}

}  // namespace
}  // namespace milter_manager::maillog
