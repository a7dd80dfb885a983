// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "milter-report/model/server_replay.h"
#include "milter-report/model/spamd_lines.h"
#include "milter-report/model/worker_count.h"

namespace milter_manager::report {
namespace {

// As replay(), by looking at each server.
Replay look_at_each(const std::vector<Work>& work, std::uint32_t servers) {
  std::vector<double> free_from(servers, 0);
  Replay result;
  for (const Work& piece : work) {
    const auto first = std::min_element(free_from.begin(), free_from.end());
    const double begin = std::max(*first, piece.begin);
    if (begin > piece.begin) {
      ++result.waited;
      result.waiting_seconds += begin - piece.begin;
      result.longest_wait = std::max(result.longest_wait, begin - piece.begin);
    }
    *first = begin + piece.seconds;
    ++result.total;
  }
  return result;
}

std::vector<Work> random_work(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<> pause(1.0);
  std::lognormal_distribution<> seconds(0.5, 1.2);
  std::vector<Work> work;
  double time = 1e9;
  for (std::size_t i = 0; i < count; ++i) {
    // Now and then many at once, and of no length.
    if (i % 17 > 5) time += pause(random);
    work.push_back({time, i % 29 == 0 ? 0 : seconds(random)});
  }
  return work;
}

TEST_CASE("work waits where all servers are busy, and only there", "[replay]") {
  const std::vector<Work> work{{0, 10}, {1, 10}, {2, 1}, {10, 1}, {30, 1}};
  const Replay one = replay(work, 1);
  CHECK(one.waited == 3);
  CHECK(one.waiting_seconds == 9 + 18 + 11);
  CHECK(one.longest_wait == 18);
  const Replay two = replay(work, 2);
  CHECK(two.waited == 2);  // the third until 10, the fourth until 11
  CHECK(two.waiting_seconds == 8 + 1);
  CHECK(replay(work, 3).waited == 0);
  CHECK(replay(work, 3).waiting_share() == 0);
  CHECK(concurrency(work, 0, 31).maximum == 3);
  CHECK(concurrency(work, 0, 31).mean == Approx(23.0 / 31));
  CHECK(found_busy(work) == std::vector<std::uint32_t>{0, 1, 2, 1, 0});
}

TEST_CASE("a replay is what a simulation of each server gives", "[replay]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Work> work = random_work(seed, 500);
    for (const std::uint32_t servers : {1U, 2U, 3U, 7U, 20U}) {
      const Replay fast = replay(work, servers), slow = look_at_each(work, servers);
      CHECK(fast.waited == slow.waited);
      CHECK(fast.waiting_seconds == Approx(slow.waiting_seconds).margin(1e-6));
      CHECK(fast.longest_wait == Approx(slow.longest_wait));
    }
  }
}

TEST_CASE("the smallest number of servers is the smallest", "[replay]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Work> work = random_work(seed, 2000);
    for (const double limit : {0.5, 0.1, 0.01, 0.001}) {
      const std::uint32_t servers = servers_for(work, limit);
      CHECK(look_at_each(work, servers).waiting_share() < limit);
      if (servers > 1) CHECK(look_at_each(work, servers - 1).waiting_share() >= limit);
    }
  }
  CHECK(servers_for({}, 0.01) == 1);
}

TEST_CASE("spamd's own lines are counted", "[spamd]") {
  SpamdLines lines;
  lines.add(7205, "prefork: child states: BBI ");
  lines.add(7206, "prefork: child states: BBBBS");
  lines.add(7207, "prefork: child states: ");
  CHECK_FALSE(lines.max_children());
  lines.add(7208, "prefork: server reached --max-children setting, consider raising it");
  lines.add(10800, "prefork: server reached --max-children setting, consider raising it");
  lines.add(7209, "spamd: result: Y 12 - BAYES_99,HTML scantime=1.5,size=1234,user=x");
  lines.add(7210, "spamd: result: . 0 - BAYES_00 scantime=,size=1");
  lines.add(7211, "spamd: result: . 0 - BAYES_00 scantime=nan,size=1");
  lines.add(7212, "spamd: processing message <1@x> scantime=9.9");
  CHECK(lines.states == 2);
  CHECK(lines.all_busy == 1);
  CHECK(lines.most_children == 5);
  CHECK(lines.most_busy == 4);
  CHECK(lines.max_children() == 5U);
  CHECK(lines.reached_by_hour == std::map<std::int64_t, std::uint64_t>{{7200, 1}, {10800, 1}});
  CHECK(lines.scans == 1);
  CHECK(lines.scan_seconds == 1.5);
}

TEST_CASE("with a known number of workers saturation is counted", "[saturation]") {
  const std::vector<Work> work{{0, 10}, {1, 10}, {2, 10}, {3, 1}};
  CHECK(saturation(work, 2).queued == 0.5);
  CHECK(saturation(work, 2).is_saturated());
  CHECK(saturation(work, 4).queued == 0.0);
  CHECK_FALSE(saturation(work, 4).is_saturated());
  CHECK_FALSE(saturation(work, std::nullopt).is_saturated());
  CHECK_FALSE(saturation({}, 3).queued);
}

TEST_CASE("load lines tell the busiest hours", "[hours]") {
  const std::map<std::int64_t, LoadHour> hours{
      {0, {360, 3600, 60}}, {3600, {1800, 3600, 600}}, {7200, {1e300, 1, 1}}, {10800, {5, 0, 0}}};
  const std::vector<BusyHour> found = busiest_hours(hours);
  REQUIRE(found.size() == 4);
  CHECK(found[0].erlangs == 1e6);  // a line may claim anything
  CHECK(found[1].erlangs == 0.5);
  CHECK(found[1].service == 3);
  CHECK(found[1].few_wait == 4);
  CHECK(found[2].erlangs == 0.1);
  CHECK(found[3].erlangs == 0);
}

TEST_CASE("who has measured nothing takes a third of the connections", "[rule]") {
  CHECK(workers_without_measurement(100) == 33);
  CHECK(workers_without_measurement(3) == 5);
  CHECK(workers_without_measurement(~std::uint64_t{0}) == 100'000);
  CHECK(connections_at_full_load(10, 1000, 100) == 100U);
  CHECK_FALSE(connections_at_full_load(10, 0, 100));
  CHECK_FALSE(connections_at_full_load(10, 100, 0));
}

}  // namespace
}  // namespace milter_manager::report
