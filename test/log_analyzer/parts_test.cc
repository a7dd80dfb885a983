// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "core/maillog/hosts.h"
#include "milter-manager-log-analyzer/options.h"
#include "milter-manager-log-analyzer/picture.h"
#include "milter-manager-log-analyzer/summary.h"
#include "milter-manager-log-analyzer/text.h"
#include "milter-manager-log-analyzer/window.h"
#include "test/archive/scratch.h"

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
using archive::Minute;
using archive::ScratchDirectory;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

sys_seconds at(const char* time) {
  const auto parsed = parse_time(time);
  REQUIRE(parsed);
  return *parsed;
}

Minute minute_at(const char* time) { return std::chrono::floor<minutes>(at(time)); }

// A status archive of ten days: `pass` once a minute, `reject` once an hour.
Archive ten_days(const ScratchDirectory& directory) {
  auto archive =
      Archive::create(directory / "milter-manager.status.rrd", archive::layout(archive::Kind::manager_status),
                      minute_at("2026-09-01T00:00:00Z"));
  REQUIRE(archive);
  std::vector<archive::Row> rows;
  for (int i = 0; i < 10 * 1440; ++i) {
    std::vector<double> values(8, 0);
    values[0] = 1;
    if (i % 60 == 0) values[2] = 1;
    rows.push_back({minute_at("2026-09-01T00:00:00Z") + minutes(i), values});
  }
  REQUIRE(archive->update(rows, Minute{}));
  return *archive;
}

bool holds(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Curve& curve_of(const Window& window, std::string_view source) {
  for (const Curve& curve : window.curves) {
    if (curve.style->source == source) return curve;
  }
  FAIL("no such curve");
  return window.curves[0];
}

}  // namespace

TEST_CASE("the legend's total is the number of events in the rows drawn") {
  const ScratchDirectory directory;
  const Archive archive = ten_days(directory);
  const GraphDefinition& status = graph_definitions()[0];
  // In whole rows: 1440 minutes, and a week, of which all are known.
  const auto day = read_window({&archive, 1}, status, ranges()[0], at("2026-09-10T23:59:00Z"));
  REQUIRE(day);
  CHECK(curve_of(*day, "pass").total == Approx(1440));
  CHECK(curve_of(*day, "pass").mean == Approx(1));
  CHECK(curve_of(*day, "pass").highest == Approx(1));
  CHECK(curve_of(*day, "reject").total == Approx(24));
  CHECK(curve_of(*day, "accept").total == 0);
  CHECK(day->end <= at("2026-09-10T23:59:00Z"));
  CHECK(day->end - day->start == hours(24));

  const auto week = read_window({&archive, 1}, status, ranges()[1], at("2026-09-10T23:59:00Z"));
  REQUIRE(week);
  CHECK(curve_of(*week, "pass").total == Approx(7 * 1440));
  CHECK(curve_of(*week, "reject").total == Approx(7 * 24).margin(1));
}

TEST_CASE("what was open at once has a highest value and no total") {
  const ScratchDirectory directory;
  auto archive = Archive::create(directory / "session.rrd", archive::layout(archive::Kind::session),
                                 minute_at("2026-09-01T00:00:00Z"));
  REQUIRE(archive);
  const archive::Row rows[] = {{minute_at("2026-09-01T10:03:00Z"), {1, 1, 1, 7}}};
  REQUIRE(archive->update(rows, minute_at("2026-09-01T12:00:00Z")));
  const auto window =
      read_window({&*archive, 1}, graph_definitions()[2], ranges()[0], at("2026-09-01T12:00:00Z"));
  REQUIRE(window);
  CHECK(curve_of(*window, "concurrent").highest == 7);
  CHECK(curve_of(*window, "concurrent").total == 0);
  CHECK(curve_of(*window, "smtp").total == Approx(1));
  CHECK(curve_of(*window, "smtp").highest == Approx(0.125));
}

TEST_CASE("sessions are counted to the minute for two days, and in steps of 56 minutes before") {
  const ScratchDirectory directory;
  const Archive archive = ten_days(directory);
  const sys_seconds now = at("2026-09-10T23:41:30Z");
  const auto today = count_sessions(archive, at("2026-09-10T00:00:00Z"), now);
  REQUIRE(today);
  CHECK(today->passed == Approx(23 * 60 + 42));
  CHECK(today->rejected == Approx(24));
  CHECK(today->sessions == Approx(today->passed + today->rejected));
  CHECK(today->deferred == 0);
  const auto week = count_sessions(archive, now - hours(168), now);
  REQUIRE(week);
  CHECK(week->passed == Approx(168 * 60).margin(56));
  CHECK(count_sessions(archive, now, now)->sessions == 0);
}

TEST_CASE("an archive without rows of a minute is counted in rows of 8 minutes") {
  const ScratchDirectory directory;
  std::string command = "create old.rrd --step 60 --start 1788220800";  // 2026-09-01
  for (std::string_view source : archive::layout(archive::Kind::manager_status).sources) {
    command += fmt::format(" DS:{}:GAUGE:180:0:U", source);
  }
  for (const char* rows : {"MAX:0.5:8:200", "MAX:0.5:56:200", "AVERAGE:0.5:8:200", "AVERAGE:0.5:56:200"}) {
    command += fmt::format(" RRA:{}", rows);
  }
  archive::rrdtool(directory, command);
  auto old = Archive::open(directory / "old.rrd", archive::layout(archive::Kind::manager_status));
  REQUIRE(old);
  std::vector<archive::Row> rows;
  for (int i = 0; i < 3 * 1440; ++i) {
    rows.push_back(
        {minute_at("2026-09-01T00:01:00Z") + minutes(i), {i % 8 == 0 ? 8.0 : 0.0, 0, 0, 0, 0, 0, 0, 0}});
  }
  REQUIRE(old->update(rows, Minute{}));
  const auto counts = count_sessions(*old, at("2026-09-02T00:00:00Z"), at("2026-09-04T00:00:00Z"));
  REQUIRE(counts);
  CHECK(counts->passed == Approx(2 * 1440).margin(64));
}

TEST_CASE("a picture is drawn of any archive, however little is in it") {
  for (const GraphDefinition& definition : graph_definitions()) {
    const ScratchDirectory directory;
    const archive::Layout& layout = archive::layout(definition.kind);
    auto archive = Archive::create(directory / archive::file_name(definition.kind, "x"), layout,
                                   minute_at("2026-09-01T00:00:00Z"));
    REQUIRE(archive);
    for (const char* until : {"2026-09-01T02:00:00Z", "2026-09-03T00:00:00Z"}) {
      REQUIRE(archive->update({}, minute_at(until)));
      for (const Range& range : ranges()) {
        const auto window = read_window({&*archive, 1}, definition, range, at(until));
        REQUIRE(window);
        const auto picture = draw(definition, range, *window, std::string(500, 'n') + "%s \\n : <b>");
        REQUIRE(picture);
        CHECK(picture->png.substr(1, 3) == "PNG");
        CHECK(picture->width > kGraphWidth);
        CHECK(picture->height > kGraphHeight);
      }
    }
  }
}

TEST_CASE("every data source has a place in the legend of one graph") {
  for (const archive::Layout& layout : archive::layouts()) {
    if (layout.of_key) continue;
    for (std::string_view source : layout.sources) {
      CAPTURE(layout.prefix, source);
      int found = 0;
      for (const GraphDefinition& definition : graph_definitions()) {
        if (definition.kind != layout.kind) continue;
        for (const SeriesStyle& style : definition.series) found += style.source == source ? 1 : 0;
      }
      CHECK(found == 1);
    }
  }
}

TEST_CASE("no two series of a graph look alike, and no two graphs share pictures") {
  std::set<std::string> pictures;
  for (const GraphDefinition& definition : graph_definitions()) {
    CAPTURE(definition.title);
    for (const SeriesStyle& a : definition.series) {
      CHECK(holds(archive::layout(definition.kind).sources, a.source));
      for (const SeriesStyle& b : definition.series) {
        CHECK((&a == &b || a.colour != b.colour || a.dashed != b.dashed));
      }
    }
    const bool is_further = !definition.picture.empty();
    const std::string_view prefix = is_further ? definition.picture : archive::layout(definition.kind).prefix;
    CHECK(pictures.emplace(prefix).second);
    if (is_further) CHECK(archive::layout(definition.kind).of_milter == prefix.ends_with('.'));
  }
  std::set<std::pair<std::uint32_t, bool>> styles;
  for (std::size_t i = 0; i < 14; ++i) CHECK(styles.emplace(nth_style(i).colour, nth_style(i).dashed).second);
}

TEST_CASE("times are read with their offsets") {
  CHECK(at("2026-09-14T23:59:00Z") == at("2026-09-15T01:59:00+02:00"));
  CHECK(at("1970-01-01T00:00:00Z").time_since_epoch() == seconds(0));
  for (const char* text : {"", "now", "2026-09-14", "2026-02-30T00:00:00Z", "2026-09-14T24:00:00Z",
                           "Sep 14 10:00:00", "2026-09-14T23:59:00Z ", "2026-09-14T23:59:00Zx"}) {
    INFO(text);
    CHECK_FALSE(parse_time(text));
  }
}

TEST_CASE("texts for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999.6) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(std::nan("")) == "0");
  CHECK(duration(seconds(5)) == "a minute");
  CHECK(duration(minutes(119)) == "119 minutes");
  CHECK(duration(hours(47)) == "47 hours");
  CHECK(duration(hours(48)) == "2 days");
  CHECK(shown_name("x%2F..%2Fy%3A50%25") == "x/../y:50%");
  CHECK(shown_name("%0A%FF") == "%0A%FF");
  CHECK(shown_name(archive::safe_name(std::string(300, 'x'))) == std::string(180, 'x') + "…");
  CHECK(url_of("milter.status.a b%2Fü.day.png") == "milter.status.a%20b%252F%C3%BC.day.png");
}

}  // namespace milter_manager::log_analyzer
