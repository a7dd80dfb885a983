// SPDX-License-Identifier: GPL-3.0-or-later
// What is drawn is what the legend says, and what was stored: heights are read back from pictures.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "milter-manager-log-analyzer/drawing/axis.h"
#include "milter-manager-log-analyzer/text.h"
#include "test/log_analyzer/drawing/drawn_picture.h"
#include "test/log_analyzer/drawing/sketch.h"

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kDayRows = 180;
constexpr int kRowWidth = (kRight - kLeft) / kDayRows;

// The same numbers in every run.
class Dice {
 public:
  int below(int limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int>((state_ >> 33) % static_cast<std::uint64_t>(limit));
  }

 private:
  std::uint64_t state_ = 1;
};

const LegendLine* line_of(const Legend& legend, std::string_view label) {
  for (const LegendLine& line : legend.lines()) {
    if (line.curve != nullptr && line.label == label) return &line;
  }
  return nullptr;
}

double minutes_a_row(const Window& window) { return static_cast<double>(window.row.count()) / 60; }

}  // namespace

TEST_CASE("each part of each column is as high as the events that were stored for it") {
  const ScratchDirectory directory;
  const GraphDefinition& definition = graph_of(Subject::status);
  const auto& sources = archive::layout(definition.kind).sources;
  // Two days, of which the second is drawn: what is outside must not count.
  Dice dice;
  std::vector<std::vector<double>> stored;
  for (int i = 0; i < 2 * 1440; ++i) {
    std::vector<double> row;
    for (std::size_t source = 0; source < sources.size(); ++source)
      row.push_back(dice.below(source == 0 ? 40 : 6) * (dice.below(3) == 0 ? 1 : 0));
    stored.push_back(row);
  }
  const auto archive = archive_of(directory, definition.kind, "2026-09-13T00:01:00Z", stored);
  const auto window = read_window({&archive, 1}, definition, ranges()[0], at("2026-09-15T00:00:30Z"));
  REQUIRE(window);
  CHECK(window->start == at("2026-09-14T00:01:00Z"));
  CHECK(window->end == at("2026-09-15T00:01:00Z"));
  CHECK_FALSE(window->since);
  REQUIRE(window->rows() == kDayRows);

  std::vector<double> sums(kDayRows, 0);
  std::map<std::string_view, double> totals;
  for (int i = 1440; i < 2 * 1440; ++i) {
    for (std::size_t source = 0; source < sources.size(); ++source) {
      const double events = stored[static_cast<std::size_t>(i)][source];
      sums[static_cast<std::size_t>(i - 1440) / 8] += events;
      totals[sources[source]] += events;
    }
  }
  const double top = value_axis(*std::max_element(sums.begin(), sums.end()) / 8).top;
  const double a_dot = top / (kBottom - kTop) * 8;  // events
  const Sheet sheet = sheet_of(definition, *window);
  const Legend legend = legend_of(sheet);
  Typesetter typesetter;
  for (const Theme& theme : themes()) {
    const DrawnPicture picture(draw(sheet, theme, typesetter));
    for (std::size_t source = 0; source < sources.size(); ++source) {
      CAPTURE(theme.suffix, sources[source]);
      const SeriesStyle& style = style_of(definition, sources[source]);
      double drawn = 0, highest = 0;
      for (int row = 0; row < kDayRows; ++row) {
        double events = 0;
        for (int i = 0; i < 8; ++i) events += stored[static_cast<std::size_t>(1440 + row * 8 + i)][source];
        const int dots = picture.count(theme.of(style.colour), kLeft + row * kRowWidth + kRowWidth / 2);
        REQUIRE(std::abs(dots * a_dot - events) <= 2.5 * a_dot);
        REQUIRE((dots > 0) == (events > 0));
        drawn += dots * a_dot;
        highest = std::max(highest, events / 8);
      }
      const LegendLine* line = line_of(legend, style.label);
      REQUIRE(line != nullptr);
      CHECK(line->total == grouped(totals[sources[source]]));
      CHECK(line->mean == rounded(totals[sources[source]] / 1440));
      CHECK(line->highest == rounded(highest));
      CHECK(drawn == Approx(totals[sources[source]]).epsilon(0.03));
    }
    // All parts together, without the allowance for thin ones.
    for (int row = 0; row < kDayRows; ++row) {
      int dots = 0;
      for (const SeriesStyle& style : definition.series)
        dots += picture.count(theme.of(style.colour), kLeft + row * kRowWidth + kRowWidth / 2);
      REQUIRE(dots == std::lround(sums[static_cast<std::size_t>(row)] / a_dot));
    }
  }
}

TEST_CASE("each line is at the height of its own number, whatever the others are") {
  const GraphDefinition& definition = graph_of(Subject::report);
  Window window = quiet_day(definition);
  double value = 0.5;
  for (const SeriesStyle& style : definition.series)
    set(window, style.source, std::vector<double>(kDayRows, value += 1));
  const double top = value_axis(value).top;
  Typesetter typesetter;
  for (const Theme& theme : themes()) {
    const DrawnPicture picture(draw(sheet_of(definition, window), theme, typesetter));
    for (const Curve& curve : window.curves) {
      CAPTURE(theme.suffix, curve.style->label);
      const int y = kBottom - static_cast<int>(std::lround(curve.highest / top * (kBottom - kTop)));
      const std::uint32_t colour = theme.of(curve.style->colour);
      for (int row = 0; row < kDayRows; ++row) {
        const int left = kLeft + row * kRowWidth;
        CHECK(picture.at(left, y) == colour);
        CHECK((picture.at(left + kRowWidth - 1, y) == colour) == !curve.style->dashed);
      }
    }
  }
}

TEST_CASE("the first row counts once, and for as much of it as is known") {
  const ScratchDirectory directory;
  const GraphDefinition& definition = graph_of(Subject::status);
  // Day: the log begins in the midst of a row, 3 minutes before its middle; one event a minute.
  const auto archive = archive_of(directory, definition.kind, "2026-09-14T12:02:00Z",
                                  std::vector<std::vector<double>>(7 * 60, {1, 0, 0, 0, 0, 0, 0, 0}));
  const auto day = read_window({&archive, 1}, definition, ranges()[0], at("2026-09-14T18:00:59Z"));
  REQUIRE(day);
  CHECK(day->end == at("2026-09-14T18:01:00Z"));
  CHECK(day->since == at("2026-09-14T12:02:00Z"));
  CHECK(curve_of(*day, "pass").total == Approx(6 * 60 - 1));
  CHECK(curve_of(*day, "pass").mean == Approx(1));
  // And it is drawn from there on.
  Typesetter typesetter;
  const Theme& theme = themes()[0];
  const DrawnPicture picture(draw(sheet_of(definition, *day), theme, typesetter));
  const std::uint32_t pass = theme.of(style_of(definition, "pass").colour);
  const double dots_a_minute = (kRight - kLeft) / 1440.0;
  const int begin =
      kLeft +
      static_cast<int>(std::lround(static_cast<double>((at("2026-09-14T12:02:00Z") - day->start).count()) /
                                   60 * dots_a_minute));
  CHECK(picture.count(pass, begin) > 0);
  CHECK(picture.count(pass, begin - 1) == 0);
  CHECK(picture.at(begin - 1, kBottom - 3) == theme.unknown);
}

TEST_CASE("the row in which the log has ended counts for as much of it as is known, and is seen") {
  const GraphDefinition& definition = graph_of(Subject::status);
  for (const int length : {1, 17, 200, 3000}) {
    for (const Range& range : ranges()) {
      CAPTURE(length, range.heading);
      const ScratchDirectory directory;
      const auto archive = archive_of(
          directory, definition.kind, "2026-09-10T10:21:00Z",
          std::vector<std::vector<double>>(static_cast<std::size_t>(length), {3, 0, 1, 0, 0, 0, 0, 0}));
      const auto end = at("2026-09-10T10:21:00Z") + minutes(length);
      const auto window =
          read_window({&archive, 1}, definition, range, Present(end, true), at("2026-09-10T10:21:00Z"));
      REQUIRE(window);
      CHECK(window->end >= end);
      CHECK(window->end - window->row < end);
      const Curve& reject = curve_of(*window, "reject");
      const double shown = std::min<double>(length, static_cast<double>((end - window->start).count()) / 60);
      CHECK(reject.total == Approx(shown));
      CHECK(reject.mean == Approx(1));
      CHECK(reject.highest == Approx(1));
      // It is drawn, however narrow, and what is after the log's end is not.
      Typesetter typesetter;
      const Theme& theme = themes()[0];
      const DrawnPicture picture(draw(sheet_of(definition, *window), theme, typesetter));
      const std::uint32_t colour = theme.of(style_of(definition, "reject").colour);
      int columns = 0;
      for (int x = kLeft; x < kRight; ++x) columns += picture.count(colour, x) > 0 ? 1 : 0;
      CHECK(columns >= 2);
    }
  }
}

TEST_CASE("what was at once when the log ended is the most of its last minutes") {
  const ScratchDirectory directory;
  const GraphDefinition& definition = graph_of(Subject::sessions);
  const auto archive = archive_of(directory, definition.kind, "2026-09-10T10:00:00Z",
                                  {{1, 2, 0, 4}, {1, 2, 0, 9}, {1, 2, 0, 3}});
  const auto window = read_window({&archive, 1}, definition, ranges()[0],
                                  Present(at("2026-09-10T10:03:00Z"), true), at("2026-09-10T10:00:00Z"));
  REQUIRE(window);
  CHECK(curve_of(*window, "concurrent").highest == 9);
  CHECK(curve_of(*window, "smtp").total == Approx(3));
}

TEST_CASE("a total is exact too where the archive no longer has the minutes of its beginning") {
  const GraphDefinition& definition = graph_of(Subject::status);
  const auto first = at("2026-09-10T10:20:00Z");
  for (const Range& range : ranges()) {
    if (range.seconds < 7 * 86400) continue;
    CAPTURE(range.heading);
    const ScratchDirectory directory;
    const auto archive = archive_of(directory, definition.kind, "2026-09-10T10:20:00Z",
                                    std::vector<std::vector<double>>(12 * 1440, {1, 0, 0, 0, 0, 0, 0, 0}));
    const auto now = first + hours(6 * 24);
    const auto told = read_window({&archive, 1}, definition, range, now, first);
    REQUIRE(told);
    const Curve& pass = curve_of(*told, "pass");
    CHECK(pass.mean == Approx(1));
    CHECK(pass.total == Approx(static_cast<double>((told->end - pass.begin).count()) / 60));
    CHECK(pass.begin >= first);
    // Who cannot be told takes the row for a whole one: less than half a row too much.
    const auto untold = read_window({&archive, 1}, definition, range, now);
    REQUIRE(untold);
    CHECK(curve_of(*untold, "pass").total >= pass.total);
    CHECK(curve_of(*untold, "pass").total <= pass.total + minutes_a_row(*told) / 2);
  }
}

TEST_CASE("an event of the first row, and of the last, is one event") {
  const GraphDefinition& definition = graph_of(Subject::status);
  for (const int minute : {0, 7, 1432, 1439}) {
    CAPTURE(minute);
    const ScratchDirectory directory;
    std::vector<std::vector<double>> rows(2 * 1440, std::vector<double>(8, 0));
    rows[static_cast<std::size_t>(1440 + minute)][2] = 1;
    const auto archive = archive_of(directory, definition.kind, "2026-09-13T00:01:00Z", rows);
    const auto window = read_window({&archive, 1}, definition, ranges()[0], at("2026-09-15T00:00:30Z"));
    REQUIRE(window);
    CHECK(curve_of(*window, "reject").total == Approx(1));
    const Legend legend = legend_of(sheet_of(definition, *window));
    REQUIRE(line_of(legend, "reject") != nullptr);
    CHECK(line_of(legend, "reject")->total == "1");
  }
}

TEST_CASE("what was open at once has a highest number, an axis of its own and no total") {
  const ScratchDirectory directory;
  const GraphDefinition& definition = graph_of(Subject::sessions);
  std::vector<std::vector<double>> rows(1440, {1, 2, 0, 0});
  rows[100][3] = 7;
  rows[101][3] = 5;
  const auto archive = archive_of(directory, definition.kind, "2026-09-14T00:01:00Z", rows);
  const auto window = read_window({&archive, 1}, definition, ranges()[0], at("2026-09-15T00:00:30Z"));
  REQUIRE(window);
  CHECK(curve_of(*window, "concurrent").total == 0);
  const Legend legend = legend_of(sheet_of(definition, *window));
  const LegendLine* concurrent = line_of(legend, "concurrent");
  REQUIRE(concurrent != nullptr);
  CHECK(concurrent->total.empty());
  CHECK(concurrent->mean.empty());
  CHECK(concurrent->highest == "7");
  REQUIRE(line_of(legend, "SMTP connections") != nullptr);
  CHECK(line_of(legend, "SMTP connections")->total == "1,440");
  CHECK(line_of(legend, "disconnected by the client") == nullptr);
  CHECK(legend.notes().front() == "None: disconnected by the client");

  // Seven at once among one a minute: were they on one axis, the connections would be a seventh of it.
  Typesetter typesetter;
  const DrawnPicture picture(draw(sheet_of(definition, *window), themes()[0], typesetter));
  const std::uint32_t milters = style_of(definition, "child").colour.light;
  const double first_height = (kPlotHeight - 72) * kDots;
  CHECK(picture.at(kLeft + 90, kTop + 0) == milters);  // 2 of 2
  CHECK(picture.count(milters, kLeft + 90, kTop + static_cast<int>(first_height), kBottom) == 0);
}

TEST_CASE("where nothing was open at once the connections have all the room, and the legend says so") {
  const GraphDefinition& definition = graph_of(Subject::sessions);
  Window window = quiet_day(definition);
  set(window, "smtp", std::vector<double>(kDayRows, 1));
  const Sheet sheet = sheet_of(definition, window);
  CHECK(legend_of(sheet).notes().front() ==
        "None: milter connections, disconnected by the client, concurrent");
  Typesetter typesetter;
  const DrawnPicture picture(draw(sheet, themes()[0], typesetter));
  CHECK(picture.at(kLeft + 90, kTop) == style_of(definition, "smtp").colour.light);
  CHECK(picture.at(kLeft + 90, kBottom) == themes()[0].axis);
}

TEST_CASE("what is not known is not called none") {
  const ScratchDirectory directory;
  const GraphDefinition& definition = graph_of(Subject::status);
  const auto archive = archive_of(directory, definition.kind, "2026-09-01T00:00:00Z",
                                  std::vector<std::vector<double>>(600, std::vector<double>(8, 0)));
  const auto known = read_window({&archive, 1}, definition, ranges()[0], at("2026-09-01T09:00:00Z"));
  REQUIRE(known);
  CHECK(legend_of(sheet_of(definition, *known)).notes().front().starts_with("None: pass, accept"));
  const auto unknown = read_window({&archive, 1}, definition, ranges()[0], at("2026-09-05T00:00:00Z"));
  REQUIRE(unknown);
  const Legend legend = legend_of(sheet_of(definition, *unknown));
  CHECK(legend.lines().empty());
  REQUIRE(legend.notes().size() == 1);
  CHECK(legend.notes()[0] == "Last update: " + iso_time(at("2026-09-01T10:00:00Z")) + ".");
}

TEST_CASE("the load's averages are averages, and its highest values the highest of the minutes") {
  const ScratchDirectory directory;
  const GraphDefinition& definition = graph_of(Subject::load, true);
  std::vector<std::vector<double>> rows(1440, {4, 1, 2, 3, 0, 0, 0, 0, 0});
  rows[703] = {20, 9, 10, 11, 0, 0, 0, 0, 0};
  const auto archive = archive_of(directory, definition.kind, "2026-09-14T00:01:00Z", rows);
  const auto window = read_window({&archive, 1}, definition, ranges()[0], at("2026-09-15T00:00:30Z"));
  REQUIRE(window);
  CHECK(curve_of(*window, "open").highest == 20);
  CHECK(curve_of(*window, "busy_max").highest == 11);
  CHECK(curve_of(*window, "busy_mean").highest == Approx(3));  // (7 * 2 + 10) / 8
  CHECK(curve_of(*window, "busy_mean").mean == Approx(2 + 8.0 / 1440));
  CHECK(curve_of(*window, "busy_mean").total == 0);
}

}  // namespace milter_manager::log_analyzer
