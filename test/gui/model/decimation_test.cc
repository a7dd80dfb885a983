// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/decimation.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "test/gui/model/folder.h"

namespace milter_manager::gui {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

ChartData chart_of(std::vector<double> values) {
  ChartData chart;
  chart.first = at(6000);
  chart.step = std::chrono::seconds(60);
  chart.lines.push_back({"reject", Measure::events, std::move(values)});
  chart.period = {chart.first, chart.time(chart.rows())};
  return chart;
}

}  // namespace

TEST_CASE("where there is room for all rows all are drawn") {
  const ChartData chart = chart_of({1, 2, 3, 4});
  const Pieces pieces = decimate(chart, chart.lines[0], chart.period, 100);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0] == std::vector<Point>{{6000, 1}, {6060, 2}, {6120, 3}, {6180, 4}});
}

TEST_CASE("a gap is a gap: the line is in two pieces") {
  const ChartData chart = chart_of({1, kGap, kGap, 4, 5});
  const Pieces pieces = decimate(chart, chart.lines[0], chart.period, 100);
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0] == std::vector<Point>{{6000, 1}});
  CHECK(pieces[1] == std::vector<Point>{{6180, 4}, {6240, 5}});
}

TEST_CASE("where nothing is known nothing is drawn") {
  const ChartData chart = chart_of({kGap, kGap});
  CHECK(decimate(chart, chart.lines[0], chart.period, 100).empty());
  CHECK(decimate(ChartData(), Line(), chart.period, 100).empty());
  CHECK(decimate(chart, chart.lines[0], {at(6000), at(6000)}, 100).empty());
}

TEST_CASE("a line runs to both edges of what is visible") {
  const ChartData chart = chart_of({1, 2, 3, 4, 5, 6});
  const Pieces pieces = decimate(chart, chart.lines[0], {at(6130), at(6200)}, 100);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].front().time < 6130);
  CHECK(pieces[0].back().time > 6200);
}

TEST_CASE("each column of dots keeps its lowest and highest value, and no more than four points") {
  std::mt19937 random(GENERATE(1U, 2U, 3U));
  std::uniform_real_distribution<double> value(0, 100);
  std::vector<double> values(5000);
  for (double& one : values) one = random() % 50 == 0 ? kGap : value(random);
  const ChartData chart = chart_of(values);
  const std::uint32_t columns = GENERATE(1U, 7U, 300U, 1000U);
  const Pieces pieces = decimate(chart, chart.lines[0], chart.period, columns);

  struct Extremes {
    double lowest = 1e9, highest = -1;
  };
  const double width = static_cast<double>(chart.period.length().count()) / columns;
  const auto column = [&](double time) { return static_cast<int>((time - 6000) / width); };
  std::map<int, Extremes> wanted, drawn;
  std::map<int, int> points;
  const auto add = [](Extremes& extremes, double one) {
    extremes.lowest = std::min(extremes.lowest, one);
    extremes.highest = std::max(extremes.highest, one);
  };
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (!std::isnan(values[row])) add(wanted[column(6000 + 60.0 * static_cast<double>(row))], values[row]);
  }
  double before = 0;
  std::size_t gaps = 0;
  for (const auto& piece : pieces) {
    ++gaps;
    for (const Point& point : piece) {
      CHECK(point.time > before);
      before = point.time;
      add(drawn[column(point.time)], point.value);
      ++points[column(point.time)];
    }
  }
  REQUIRE(wanted.size() == drawn.size());
  for (const auto& [place, extremes] : wanted) {
    CHECK(drawn[place].lowest == extremes.lowest);
    CHECK(drawn[place].highest == extremes.highest);
  }
  CHECK(gaps > 10);
}

TEST_CASE("stacked lines add up, and a gap of all stays one") {
  ChartData chart = chart_of({1, kGap, 3});
  chart.lines.push_back({"accept", Measure::events, {10, kGap, kGap}});
  CHECK(highest(chart, chart.period, false) == 10);
  CHECK(highest(chart, chart.period, true) == 11);
  const ChartData sums = stacked(chart);
  CHECK(sums.lines[1].values[0] == 11);
  CHECK(std::isnan(sums.lines[1].values[1]));
  CHECK(sums.lines[1].values[2] == 3);
}

TEST_CASE("a cross-hair finds the row that holds at its time") {
  const ChartData chart = chart_of({1, 2, 3});
  CHECK(row_at(chart, at(6000)) == 0);
  CHECK(row_at(chart, at(6119)) == 1);
  CHECK(row_at(chart, at(5999)) == chart.rows());
  CHECK(row_at(chart, at(6180)) == chart.rows());
  CHECK(row_at(moved(chart, std::chrono::seconds(600)), at(6600)) == 0);
}

}  // namespace milter_manager::gui
