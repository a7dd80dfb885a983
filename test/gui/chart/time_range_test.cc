// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/time_range.h"

#include <QSignalSpy>
#include <catch2/catch.hpp>

namespace milter_manager::gui {
namespace {

struct Fixture {
  Fixture() {
    range.set_limits(0, 100'000);
    range.set(10'000, 20'000);
  }
  TimeRange range;
};

TEST_CASE("zooming keeps what is under the pointer where it is") {
  Fixture fixture;
  fixture.range.zoom(0.5, 12'000);
  CHECK(fixture.range.from() == Approx(11'000));
  CHECK(fixture.range.to() == Approx(16'000));
}

TEST_CASE("no range leaves the limits, and none is shorter than ten minutes") {
  Fixture fixture;
  fixture.range.pan(-50'000);
  CHECK(fixture.range.from() == 0);
  CHECK(fixture.range.to() == 10'000);
  fixture.range.pan(1e12);
  CHECK(fixture.range.to() == 100'000);
  fixture.range.zoom(1e9, 50'000);
  CHECK(fixture.range.from() == 0);
  CHECK(fixture.range.to() == 100'000);
  fixture.range.zoom(1e-9, 50'000);
  CHECK(fixture.range.length() == TimeRange::kShortest);
}

TEST_CASE("what is no number moves nothing") {
  Fixture fixture;
  fixture.range.set(std::numeric_limits<double>::quiet_NaN(), 5);
  fixture.range.zoom(-1, 12'000);
  fixture.range.pan(std::numeric_limits<double>::infinity());
  CHECK(fixture.range.from() == 10'000);
  CHECK(fixture.range.to() == 20'000);
}

TEST_CASE("a range that follows now moves with it, until somebody looks back") {
  Fixture fixture;
  fixture.range.set_following(true);
  CHECK(fixture.range.to() == 100'000);
  fixture.range.advance(100'060);
  CHECK(fixture.range.to() == 100'060);
  CHECK(fixture.range.length() == 10'000);
  QSignalSpy told(&fixture.range, &TimeRange::following_changed);
  fixture.range.pan(-1000);
  CHECK(told.count() == 1);
  fixture.range.advance(100'120);
  CHECK(fixture.range.to() == 99'060);
}

TEST_CASE("a change is told once") {
  Fixture fixture;
  QSignalSpy told(&fixture.range, &TimeRange::changed);
  fixture.range.set(30'000, 40'000);
  fixture.range.set(30'000, 40'000);
  CHECK(told.count() == 1);
}

}  // namespace
}  // namespace milter_manager::gui
