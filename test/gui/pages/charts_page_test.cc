// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/charts_page.h"

#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>
#include <catch2/catch.hpp>

#include "gui/chart/chart.h"
#include "gui/chart/time_range.h"
#include "known_source.h"

namespace milter_manager::gui {
namespace {

constexpr double kNewest = 1'777'000'000;

struct Fixture {
  Fixture() : page(range) {
    range.set_limits(kNewest - 90 * 86400.0, kNewest);
    range.set(kNewest - 86400, kNewest);
    page.resize(1000, 800);
    page.show();
  }
  ~Fixture() { page.set_source(nullptr); }
  void open() {
    page.set_source(&source);
    const auto is_answered = [this] {
      const auto shown = charts();
      return std::none_of(shown.begin(), shown.end(), [](const Chart* chart) {
        return chart->content().message == "Reading …" || chart->content().title.isEmpty();
      });
    };
    if (!source.hangs) REQUIRE(wait_until(is_answered));
  }
  template <class Condition>
  static bool wait_until(Condition condition) {
    return QTest::qWaitFor(condition, 20'000);
  }
  std::vector<Chart*> charts() {
    std::vector<Chart*> shown;
    for (Chart* chart : page.findChildren<Chart*>()) {
      if (chart->isVisible()) shown.push_back(chart);
    }
    std::sort(shown.begin(), shown.end(), [](const Chart* a, const Chart* b) { return a->y() < b->y(); });
    return shown;
  }
  TimeRange range;
  ChartsPage page;
  KnownSource source;  // goes first: unanswered questions end with it
};

TEST_CASE("a source's charts are shown, one below the other, and those that are always empty are not") {
  Fixture fixture;
  QSignalSpy first(&fixture.page, &ChartsPage::first_shown);
  fixture.open();
  const auto charts = fixture.charts();
  REQUIRE(charts.size() == 4);
  CHECK(charts[0]->content().title == "How connections ended");
  CHECK(charts[1]->content().title == "What headers report");
  CHECK(charts[2]->content().title == "Load");
  CHECK(charts[3]->content().title == "How messages ended");
  CHECK(first.count() == 1);
}

TEST_CASE("stacks reach up to their sum, and a new report key has a name and a colour") {
  Fixture fixture;
  fixture.open();
  const auto charts = fixture.charts();
  CHECK(charts[0]->content().highest == Approx(17));
  CHECK(charts[1]->content().series[2].name == "a_new_key");
  CHECK(charts[1]->content().series[2].colour != charts[1]->content().series[0].colour);
}

TEST_CASE("a gap of an hour leaves two pieces, and the cross-hair knows no value there") {
  Fixture fixture;
  fixture.open();
  const ChartContent& content = fixture.charts()[0]->content();
  CHECK(content.series[1].line.size() == 2);
  const double four = std::floor(kNewest / 86400) * 86400 + 4.5 * 3600;
  CHECK(std::isnan(content.reading(1, four > kNewest ? four - 86400 : four)));
  CHECK(content.reading(1, kNewest - 43200) == 10);
}

TEST_CASE("seconds have an axis of their own") {
  Fixture fixture;
  fixture.open();
  const ChartContent& load = fixture.charts()[2]->content();
  CHECK(load.unit == "at once");
  CHECK(load.right_unit == "seconds");
  CHECK(load.right_highest == Approx(1.5));
  CHECK_FALSE(load.series[3].is_on_right);  // errors are few: they stand beside what is there at once
}

TEST_CASE("a chart over a shorter range is asked for more finely") {
  Fixture fixture;
  fixture.open();
  fixture.source.asked.clear();
  fixture.range.set(kNewest - 3600, kNewest);
  REQUIRE(fixture.wait_until([&] { return !fixture.source.asked.empty(); }));
  CHECK(fixture.source.asked.back().period.length() < std::chrono::hours(2));
}

TEST_CASE("an earlier period lies under the present one as a dashed line") {
  Fixture fixture;
  fixture.page.set_comparison(std::chrono::hours(7 * 24));
  fixture.open();
  const auto has_earlier = [&](std::size_t chart) {
    const ChartContent& content = fixture.charts()[chart]->content();
    return content.series.size() > 2 && !content.series[2].earlier.empty();
  };
  REQUIRE(fixture.wait_until([&] { return has_earlier(0) && has_earlier(1); }));
  const ChartContent& content = fixture.charts()[0]->content();
  CHECK(content.series[2].earlier.front().front().value == Approx(17));
  CHECK(fixture.charts()[1]->content().series[0].earlier.front().front().value == Approx(4));
}

TEST_CASE("a comparison that follows the range asks no more often than the range does") {
  Fixture fixture;
  fixture.page.set_comparison(std::chrono::hours(24));
  fixture.open();
  fixture.source.asked.clear();
  // As when a chart is dragged.
  for (int i = 0; i < 50; ++i) fixture.page.set_comparison(std::chrono::hours(24));
  CHECK(fixture.source.asked.empty());
  // As when it is zoomed.
  for (int i = 0; i < 50; ++i) fixture.page.set_comparison(std::chrono::hours(24) + std::chrono::seconds(i));
  CHECK(fixture.source.asked.empty());
  REQUIRE(fixture.wait_until([&] { return !fixture.source.asked.empty(); }));
  CHECK(fixture.source.asked.size() == 2 * std::size(kChartKinds));
}

TEST_CASE("a series that is switched off leaves the stack") {
  Fixture fixture;
  fixture.open();
  fixture.charts()[0]->findChild<QTreeWidget*>()->topLevelItem(1)->setCheckState(0, Qt::Unchecked);
  CHECK(fixture.charts()[0]->content().highest == Approx(7));
}

TEST_CASE("what a source can't tell is a sentence in the page, and a later answer takes its place") {
  Fixture fixture;
  fixture.source.failure = "/known: the folder is gone";
  fixture.open();
  REQUIRE(fixture.charts().size() == 4);
  CHECK(fixture.charts()[0]->content().message == "/known: the folder is gone");
  fixture.source.failure.reset();
  emit fixture.source.changed();
  CHECK(fixture.wait_until([&] { return fixture.charts()[0]->content().message.isEmpty(); }));
  // What is on the page stays there when the next answer fails.
  fixture.source.failure = "/known: the folder is gone again";
  emit fixture.source.changed();
  CHECK(fixture.wait_until([&] { return fixture.page.findChild<QFrame*>()->isVisible(); }));
  CHECK(fixture.charts()[0]->content().message.isEmpty());
}

TEST_CASE("a source that never answers leaves a page that says so and can be left") {
  Fixture fixture;
  fixture.source.hangs = true;
  fixture.open();
  CHECK(fixture.charts()[0]->content().message == "Reading …");
  fixture.source.asked.clear();
  fixture.range.set(kNewest - 3600, kNewest);
  CHECK(fixture.wait_until([&] { return !fixture.source.asked.empty(); }));
  fixture.page.set_source(nullptr);
  CHECK(fixture.charts()[0]->content().message.startsWith("Open"));
}

}  // namespace
}  // namespace milter_manager::gui
