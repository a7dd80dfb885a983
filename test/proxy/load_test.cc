// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/load.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/proxy/clock.h"

namespace milter_manager::proxy {

using std::chrono::seconds;

TEST_CASE("quantiles of waits are right within five per cent") {
  for (const double unit : {1e-5, 0.003, 1.0}) {
    WaitHistogram histogram;
    for (int i = 1; i <= 1000; ++i) histogram.add(unit * i);
    for (const double share : {0.5, 0.95, 0.99}) {
      CAPTURE(unit, share);
      CHECK(*histogram.quantile(share) == Approx(unit * 1000 * share).epsilon(0.05));
    }
  }
}

TEST_CASE("waits of any length are counted") {
  WaitHistogram histogram;
  CHECK_FALSE(histogram.quantile(0.5));
  for (const double wait : {0.0, -1.0, 1e-9, 1e12}) histogram.add(wait);
  CHECK(histogram.count() == 4);
  CHECK(*histogram.quantile(0.5) == Approx(1e-6).epsilon(0.1));
  CHECK(*histogram.quantile(1) > 3600);
}

TEST_CASE("a meter tells mean and maximum of busy connections, and starts anew with each span") {
  LoadMeter::Time now{};
  LoadMeter meter(now);
  meter.opened();
  meter.opened();
  meter.busy(now);
  meter.busy(now += seconds(10));
  meter.idle(now += seconds(5));
  meter.idle(now += seconds(5));
  meter.busy(now += seconds(20));
  meter.waited(0.5);
  meter.failed(false);
  meter.failed(true);
  const auto first = meter.take("a", now += seconds(20));
  CHECK(first.span == 60);
  CHECK(first.open == 2);
  CHECK(first.busy == 1);
  CHECK(first.busy_max == 2);
  CHECK(first.busy_mean == Approx((10 + 2 * 5 + 5 + 20) / 60.0));
  CHECK(first.errors == 2);
  CHECK(first.timeouts == 1);
  CHECK(first.waits.count() == 1);
  meter.closed();
  const auto second = meter.take("a", now += seconds(10));
  CHECK(second.span == 10);
  CHECK(second.open == 1);
  CHECK(second.busy_mean == Approx(1));
  CHECK(second.busy_max == 1);
  CHECK(second.errors == 0);
  CHECK(second.waits.count() == 0);
}

TEST_CASE("loads of several processes can be added") {
  LoadMeter::Time now{};
  LoadMeter one(now), two(now);
  one.opened();
  one.busy(now);
  two.opened();
  for (int i = 0; i < 99; ++i) one.waited(0.001);
  two.waited(10);
  now += seconds(60);
  auto sum = one.take("a", now);
  sum.add(two.take("a", now));
  const auto event = sum.event(1000.5);
  CHECK(event.name == "a");
  CHECK(event.span == 60);
  CHECK(event.epoch == 1000.5);
  CHECK(event.open == 2);
  CHECK(event.busy == 1);
  CHECK(event.messages == 100);
  CHECK(*event.p50 == Approx(0.001).epsilon(0.05));
  CHECK(*event.p99 == Approx(0.001).epsilon(0.05));
}

TEST_CASE("tags of different workers never meet, also after the last number") {
  SteppedTags alone;
  CHECK(alone.next_tag() == 1);
  CHECK(alone.next_tag() == 2);
  SteppedTags worker(1, 3);
  CHECK(worker.next_tag() == 2);
  CHECK(worker.next_tag() == 5);
  SteppedTags big(0, 0x80000000u);
  CHECK(big.next_tag() == 1);
  CHECK(big.next_tag() == 0x80000001u);
  CHECK(big.next_tag() == 1);
}

}  // namespace milter_manager::proxy
