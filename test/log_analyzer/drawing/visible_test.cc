// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing that happened is hidden by what happened more often.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "milter-manager-log-analyzer/drawing/plot.h"
#include "test/log_analyzer/drawing/drawn_picture.h"
#include "test/log_analyzer/drawing/sketch.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr std::size_t kRows = 180;

std::vector<double> only(std::size_t row, double value) {
  std::vector<double> values(kRows, 0);
  values[row] = value;
  return values;
}

int middle_of(std::size_t row) { return kLeft + static_cast<int>(row) * 6 + 3; }

}  // namespace

TEST_CASE("one event among ten thousands of others is seen, for each part of a stack") {
  Typesetter typesetter;
  for (const GraphDefinition& definition : graph_definitions()) {
    if (definition.shape != Shape::stack) continue;
    for (const Theme& theme : themes()) {
      Window window = quiet_day(definition);
      set(window, definition.series[0].source, std::vector<double>(kRows, 10000));
      for (std::size_t i = 1; i < definition.series.size(); ++i)
        set(window, definition.series[i].source, only(10 * i, 0.125));
      const DrawnPicture picture(draw(sheet_of(definition, window), theme, typesetter));
      for (std::size_t i = 1; i < definition.series.size(); ++i) {
        CAPTURE(definition.title, theme.suffix, definition.series[i].label);
        CHECK(picture.count(theme.of(definition.series[i].colour), middle_of(10 * i)) == kLeastHeight);
        CHECK(picture.count(theme.of(definition.series[i].colour), middle_of(10 * i + 1)) == 0);
      }
    }
  }
}

TEST_CASE("no line is drawn over a stack: every dot of a column is one of its parts'") {
  const GraphDefinition& definition = graph_of(Subject::status, true);
  Window window = quiet_day(definition);
  for (const SeriesStyle& style : definition.series) set(window, style.source, std::vector<double>(kRows, 1));
  Typesetter typesetter;
  for (const Theme& theme : themes()) {
    const DrawnPicture picture(draw(sheet_of(definition, window), theme, typesetter));
    for (int x = kLeft; x < kRight; ++x) {
      int dots = 0;
      for (const SeriesStyle& style : definition.series) dots += picture.count(theme.of(style.colour), x);
      REQUIRE(dots == std::lround(9.0 / 10 * (kBottom - kTop)));  // of an axis up to 10
    }
  }
}

TEST_CASE("the smallest line is above the axis, and a dash is in each row") {
  Typesetter typesetter;
  const GraphDefinition& definition = graph_of(Subject::report);
  for (const SeriesStyle& style : definition.series) {
    if (style.source == "spam") continue;
    CAPTURE(style.label);
    Window window = quiet_day(definition);
    set(window, "spam", std::vector<double>(kRows, 10000));
    set(window, style.source, only(50, 0.125));
    for (const Theme& theme : themes()) {
      const DrawnPicture picture(draw(sheet_of(definition, window), theme, typesetter));
      CHECK(picture.count(theme.of(style.colour), kLeft + 50 * 6 + 2) >= 2);
    }
  }
}

TEST_CASE("lines that lie on one another take turns") {
  const GraphDefinition& definition = graph_of(Subject::sessions);
  Window window = quiet_day(definition);
  for (const char* source : {"smtp", "child", "disconnected"})
    set(window, source, std::vector<double>(kRows, 1));
  Typesetter typesetter;
  const DrawnPicture picture(draw(sheet_of(definition, window), themes()[0], typesetter));
  for (const char* source : {"smtp", "child", "disconnected"}) {
    int seen = 0;
    for (std::size_t row = 0; row < kRows; ++row)
      seen += picture.count(style_of(definition, source).colour.light, middle_of(row), kTop - 1) > 0 ? 1 : 0;
    CAPTURE(source);
    CHECK(seen == static_cast<int>(kRows / 3));
  }
}

TEST_CASE("the parts of a stack are together as high as their sum wherever they can be") {
  const auto heights = [](std::vector<double> values, double scale) { return stack_heights(values, scale); };
  CHECK(heights({}, 1).empty());
  CHECK(heights({3, 4, 5}, 10) == std::vector<int>{30, 40, 50});
  CHECK(heights({0, std::nan(""), 5}, 10) == std::vector<int>{0, 0, 50});
  // Rounding does not add up.
  CHECK(heights({10.4, 10.4, 10.4, 10.4, 10.4}, 1) == std::vector<int>{10, 11, 10, 11, 10});
  // A thin part is paid for by the highest.
  CHECK(heights({1000, 0.001, 500}, 0.1) == std::vector<int>{98, 2, 50});
  CHECK(heights({0.001, 0.001, 100}, 1) == std::vector<int>{2, 2, 96});
  // Where there is nothing to give, all are seen.
  CHECK(heights({0.001, 0.001, 0.001}, 1) == std::vector<int>{2, 2, 2});
  CHECK(heights({1, 1, 1}, 1) == std::vector<int>{2, 2, 2});
}

TEST_CASE("where nothing is known the ground is another, and says so") {
  const GraphDefinition& definition = graph_of(Subject::status);
  Window window = quiet_day(definition);
  set(window, "pass", std::vector<double>(kRows, 1));
  for (Curve& curve : window.curves) {
    for (std::size_t row = 0; row < 90; ++row) curve.values[row] = std::nan("");
    curve.begin = window.row_begin(90);
  }
  Typesetter typesetter;
  for (const Theme& theme : themes()) {
    const DrawnPicture picture(draw(sheet_of(definition, window), theme, typesetter));
    CHECK(picture.at(kLeft + 20, kBottom - 20) == theme.unknown);
    CHECK(picture.at(middle_of(89), kBottom - 20) == theme.unknown);
    CHECK(picture.at(middle_of(90), kBottom - 20) == theme.of(style_of(definition, "pass").colour));
  }
}

}  // namespace milter_manager::log_analyzer
