// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/sums.h"

#include <fmt/format.h>
#include <time.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "test/archive/scratch.h"

namespace milter_manager::archive {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_seconds;

// "2026-09-01T00:00:00Z"
sys_seconds at(const char* time) {
  struct tm date {};
  REQUIRE(::strptime(time, "%Y-%m-%dT%H:%M:%SZ", &date) != nullptr);
  return sys_seconds(std::chrono::seconds(::timegm(&date)));
}

Minute minute_at(const char* time) { return std::chrono::floor<minutes>(at(time)); }

// A status archive of ten days: `pass` once a minute, `reject` once an hour.
Archive ten_days(const ScratchDirectory& directory) {
  auto archive = Archive::create(directory / "milter-manager.status.rrd", layout(Kind::manager_status),
                                 minute_at("2026-09-01T00:00:00Z"));
  REQUIRE(archive);
  std::vector<Row> rows;
  for (int i = 0; i < 10 * 1440; ++i) {
    std::vector<double> values(8, 0);
    values[0] = 1;
    if (i % 60 == 0) values[2] = 1;
    rows.push_back({minute_at("2026-09-01T00:00:00Z") + minutes(i), values});
  }
  REQUIRE(archive->update(rows, Minute{}));
  return *archive;
}

}  // namespace

TEST_CASE("events are counted to the minute for two days, and in steps of 56 minutes before") {
  const ScratchDirectory directory;
  const Archive archive = ten_days(directory);
  const sys_seconds now = at("2026-09-10T23:41:30Z");
  const sys_seconds today = at("2026-09-10T00:00:00Z"), yesterday = at("2026-09-09T00:00:00Z");
  const auto rows = Counts::read(archive, now - hours(168), now);
  REQUIRE(rows);
  CHECK(rows->sum({"pass"}, today, now) == Approx(23 * 60 + 42));
  CHECK(rows->sum({"reject"}, today, now) == Approx(24));
  CHECK(rows->sum({"pass", "reject"}, today, now) == Approx(23 * 60 + 42 + 24));
  CHECK(rows->sum({"discard"}, today, now) == 0.0);
  CHECK(*rows->sum({"pass"}, yesterday, today) == Approx(1440).margin(56));
  CHECK(*rows->sum({"pass"}, now - hours(168), now) == Approx(168 * 60).margin(56));
  CHECK(rows->sum({"pass"}, now - minutes(15), now) == Approx(15));
  CHECK_FALSE(rows->sum({"pass"}, now, now));
  CHECK_FALSE(rows->sum({"no such source"}, today, now));
}

TEST_CASE("days that follow each other share no minute") {
  const ScratchDirectory directory;
  const Archive archive = ten_days(directory);
  const sys_seconds now = at("2026-09-10T12:00:00Z");
  const auto rows = Counts::read(archive, now - hours(24), now);
  REQUIRE(rows);
  const sys_seconds midnight = at("2026-09-10T00:00:00Z");
  CHECK(*rows->sum({"pass"}, now - hours(20), midnight) + *rows->sum({"pass"}, midnight, now) ==
        Approx(20 * 60));
}

TEST_CASE("of a time before the archive nothing is known") {
  const ScratchDirectory directory;
  const Archive archive = ten_days(directory);
  const auto rows = Counts::read(archive, at("2026-08-01T00:00:00Z"), at("2026-09-02T00:00:00Z"));
  REQUIRE(rows);
  CHECK_FALSE(rows->sum({"pass"}, at("2026-08-30T00:00:00Z"), at("2026-08-31T00:00:00Z")));
}

TEST_CASE("what only a damaged archive can hold is not counted") {
  const ScratchDirectory directory;
  std::string command = "create bad.rrd --step 60 --start 1788220800";  // 2026-09-01
  std::string values;
  for (std::string_view source : layout(Kind::manager_status).sources) {
    command += fmt::format(" DS:{}:GAUGE:180:U:U", source);
    values += ":{0}";
  }
  rrdtool(directory, command + " RRA:MAX:0.5:1:3000 RRA:AVERAGE:0.5:56:200");
  command = "update bad.rrd";
  int minute = 0;
  for (const char* value : {"3", "-1000", "inf", "4"})
    command += fmt::format(" {}{}", 1788220800 + 60 * ++minute, fmt::format(fmt::runtime(values), value));
  rrdtool(directory, command);
  const auto bad = Archive::open(directory / "bad.rrd", layout(Kind::manager_status));
  REQUIRE(bad);
  const sys_seconds from = at("2026-09-01T00:00:00Z"), to = at("2026-09-01T01:00:00Z");
  const auto rows = Counts::read(*bad, from, to);
  REQUIRE(rows);
  CHECK(rows->sum({"pass"}, from, to) == 7.0);
  const auto sums = sum(*bad, from, to);
  REQUIRE(sums);
  CHECK(sums->values[0] == 7.0);
}

TEST_CASE("an archive without rows of a minute is counted in rows of 8 minutes") {
  const ScratchDirectory directory;
  std::string command = "create old.rrd --step 60 --start 1788220800";  // 2026-09-01
  for (std::string_view source : layout(Kind::manager_status).sources) {
    command += fmt::format(" DS:{}:GAUGE:180:0:U", source);
  }
  for (const char* rows : {"MAX:0.5:8:200", "MAX:0.5:56:200", "AVERAGE:0.5:8:200", "AVERAGE:0.5:56:200"}) {
    command += fmt::format(" RRA:{}", rows);
  }
  rrdtool(directory, command);
  auto old = Archive::open(directory / "old.rrd", layout(Kind::manager_status));
  REQUIRE(old);
  std::vector<Row> rows;
  for (int i = 0; i < 3 * 1440; ++i) {
    rows.push_back(
        {minute_at("2026-09-01T00:01:00Z") + minutes(i), {i % 8 == 0 ? 8.0 : 0.0, 0, 0, 0, 0, 0, 0, 0}});
  }
  REQUIRE(old->update(rows, Minute{}));
  const auto recent = Counts::read(*old, at("2026-09-02T00:00:00Z"), at("2026-09-04T00:00:00Z"));
  REQUIRE(recent);
  CHECK(*recent->sum({"pass"}, at("2026-09-02T00:00:00Z"), at("2026-09-04T00:00:00Z")) ==
        Approx(2 * 1440).margin(64));
}

}  // namespace milter_manager::archive
