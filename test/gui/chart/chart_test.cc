// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/chart.h"

#include <QApplication>
#include <QImage>
#include <QPainter>
#include <QPointingDevice>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>
#include <catch2/catch.hpp>
#include <cmath>

#include "gui/chart/drawing.h"

namespace milter_manager::gui {
namespace {

constexpr double kBegin = 1'777'000'000;
constexpr double kHour = 3600;

// Two areas, one on the other, with an hour of gap in the middle, and a line.
ChartContent content() {
  ChartContent content;
  content.title = "Mails";
  content.unit = "messages/min";
  content.right_unit = "at once";
  content.highest = 30;
  content.right_highest = 9;
  ChartSeries lower, upper, line;
  lower.name = "accept";
  lower.colour = {0x267355, 0x38c65c};
  upper.name = "reject";
  upper.colour = {0xf7590a, 0xd6400f};
  lower.is_area = upper.is_area = true;
  line.name = "at once";
  line.colour = {0x8d0ca7, 0xe218a7};
  line.is_on_right = true;
  for (const double begin : {0.0, 13.0}) {
    std::vector<Point> low, high, over;
    for (int i = 0; i <= 11; ++i) {
      const double time = kBegin + (begin + i) * kHour;
      low.push_back({time, 8 + 6 * std::sin(i / 3.0)});
      high.push_back({time, 22 + 7 * std::sin(i / 2.0)});
      over.push_back({time, 4 + 4 * std::cos(i / 2.0)});
    }
    lower.line.push_back(low);
    upper.line.push_back(high);
    line.line.push_back(over);
  }
  line.earlier = {{{kBegin, 1}, {kBegin + 24 * kHour, 8}}};
  content.series = {lower, upper, line};
  content.reading = [](std::size_t series, double) { return static_cast<double>(series) + 1; };
  return content;
}

struct Fixture {
  Fixture() : chart(range) {
    range.set_limits(kBegin - 1000 * kHour, kBegin + 1000 * kHour);
    range.set(kBegin, kBegin + 24 * kHour);
    chart.resize(900, 240);
    chart.set_content(content());
    chart.show();
    REQUIRE(QTest::qWaitForWindowExposed(&chart));
  }
  QColor colour_at(double hour, double part_from_bottom) {
    const QImage image = chart.plot()->grab().toImage();
    const double columns = chart.columns();
    const double left = (chart.plot()->width() - columns) / 2;
    const double x = left + hour / 24 * columns;
    // The axis of time is 30 or so dots high, as is the title.
    const double top = 30, bottom = chart.plot()->height() - 30;
    return image.pixelColor(static_cast<int>(x),
                            static_cast<int>(bottom - part_from_bottom * (bottom - top)));
  }
  TimeRange range;
  Chart chart;
};

TEST_CASE("areas stand one on the other, and a gap is a gap") {
  Fixture fixture;
  CHECK(fixture.colour_at(6, 0.1) == QColor::fromRgb(0x267355));
  CHECK(fixture.colour_at(6.2, 0.55) == QColor::fromRgb(0xf7590a));
  const QColor gap = fixture.colour_at(12, 0.13);
  CHECK(gap.saturation() < 20);
  CHECK(gap.lightness() > 200);
}

TEST_CASE("every colour scheme paints its own ground") {
  Fixture fixture;
  for (const Scheme scheme : {Scheme::light, Scheme::dark, Scheme::contrast}) {
    fixture.chart.set_scheme(scheme);
    const QImage image = fixture.chart.plot()->grab().toImage();
    CHECK(image.pixelColor(image.width() - 4, 40) == chart_palette(scheme).paper);
  }
}

TEST_CASE("keys move and zoom the range that all charts share") {
  Fixture fixture;
  Chart other(fixture.range);
  other.set_content(content());
  QWidget* plot = fixture.chart.plot();
  const double from = fixture.range.from();
  QTest::keyClick(plot, Qt::Key_Left);
  CHECK(fixture.range.from() == Approx(from - 2.4 * kHour).epsilon(1e-12));
  QTest::keyClick(plot, Qt::Key_Right);
  QTest::keyClick(plot, Qt::Key_PageDown);
  CHECK(fixture.range.from() == Approx(from + 24 * kHour).epsilon(1e-12));
  QTest::keyClick(plot, Qt::Key_PageUp);
  QTest::keyClick(plot, Qt::Key_Plus);
  CHECK(fixture.range.length() == Approx(24 * kHour / 1.25));
  QTest::keyClick(plot, Qt::Key_Minus);
  CHECK(fixture.range.length() == Approx(24 * kHour));
  QTest::keyClick(plot, Qt::Key_Home);
  CHECK(fixture.range.from() == fixture.range.earliest());
  QTest::keyClick(plot, Qt::Key_End);
  CHECK(fixture.range.to() == fixture.range.latest());
}

TEST_CASE("dragging pans, dragging with shift zooms to the stretch, a double click zooms in") {
  Fixture fixture;
  QWidget* plot = fixture.chart.plot();
  const QPoint middle = plot->rect().center();
  const double from = fixture.range.from();
  // Columns are whole, dots need not be.
  const double dot = fixture.range.length() / fixture.chart.columns();
  constexpr double kNear = 30;
  QTest::mousePress(plot, Qt::LeftButton, {}, middle);
  QTest::mouseMove(plot, middle + QPoint(50, 0));
  QTest::mouseRelease(plot, Qt::LeftButton, {}, middle + QPoint(50, 0));
  CHECK(fixture.range.from() == Approx(from - 50 * dot).epsilon(0).margin(kNear));
  QTest::mousePress(plot, Qt::LeftButton, Qt::ShiftModifier, middle);
  QTest::mouseMove(plot, middle + QPoint(100, 0));
  QTest::mouseRelease(plot, Qt::LeftButton, Qt::ShiftModifier, middle + QPoint(100, 0));
  CHECK(fixture.range.length() == Approx(100 * dot).margin(kNear));
  QTest::mouseDClick(plot, Qt::LeftButton, {}, middle);
  CHECK(fixture.range.length() == Approx(50 * dot).margin(kNear));
}

TEST_CASE("a finger pans, two fingers zoom between them and pan with them") {
  static QPointingDevice* const screen = QTest::createTouchDevice();
  Fixture fixture;
  QWidget* plot = fixture.chart.plot();
  const QPoint middle = plot->rect().center();
  const double dot = fixture.range.length() / fixture.chart.columns();
  constexpr double kNear = 60;
  const double from = fixture.range.from();
  QTest::touchEvent(plot, screen).press(0, middle, plot);
  for (int i = 1; i <= 5; ++i) QTest::touchEvent(plot, screen).move(0, middle + QPoint(10 * i, 0), plot);
  QTest::touchEvent(plot, screen).release(0, middle + QPoint(50, 0), plot);
  CHECK(fixture.range.from() == Approx(from - 50 * dot).epsilon(0).margin(kNear));
  CHECK(fixture.range.length() == Approx(24 * kHour));
  fixture.range.set(from, from + 24 * kHour);

  const auto spread = [&](int between, int moved) {
    const QPoint half(between / 2, 0), centre = middle + QPoint(moved, 0);
    QTest::touchEvent(plot, screen).move(0, centre - half, plot).move(1, centre + half, plot);
  };
  QTest::touchEvent(plot, screen).press(0, middle - QPoint(50, 0), plot);
  QTest::touchEvent(plot, screen)
      .move(0, middle - QPoint(50, 0), plot)
      .press(1, middle + QPoint(50, 0), plot);
  // The first move begins the gesture; then what was spread to its double is half as long, and what was between the fingers
  // still is.
  for (int between = 100; between <= 200; between += 10) spread(between, 0);
  CHECK(fixture.range.length() == Approx(12 * kHour).epsilon(0.001));
  CHECK((fixture.range.from() + fixture.range.to()) / 2 ==
        Approx(from + 12 * kHour).epsilon(0).margin(4 * dot));
  const double zoomed = fixture.range.from();
  for (int moved = 10; moved <= 100; moved += 10) spread(200, moved);
  QTest::touchEvent(plot, screen).release(0, middle, plot).release(1, middle + QPoint(200, 0), plot);
  CHECK(fixture.range.length() == Approx(12 * kHour).epsilon(0.001));
  CHECK(fixture.range.from() == Approx(zoomed - 100 * dot / 2).epsilon(0).margin(4 * dot));
}

TEST_CASE("the wheel zooms where the pointer is, and pans with shift") {
  Fixture fixture;
  QWidget* plot = fixture.chart.plot();
  const auto turn = [&](Qt::KeyboardModifiers keys) {
    QWheelEvent event(QPointF(plot->rect().center()), plot->mapToGlobal(QPointF(plot->rect().center())), {},
                      {0, 120}, Qt::NoButton, keys, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(plot, &event);
  };
  const double middle = kBegin + 12 * kHour;
  turn({});
  CHECK(fixture.range.length() == Approx(24 * kHour / 1.25));
  CHECK((fixture.range.from() + fixture.range.to()) / 2 == Approx(middle).epsilon(1e-7));
  const double from = fixture.range.from();
  turn(Qt::ShiftModifier);
  CHECK(fixture.range.from() < from);
}

TEST_CASE("the cross-hair tells the values in the legend and to screen readers, in all charts at once") {
  Fixture fixture;
  Chart other(fixture.range);
  other.set_content(content());
  fixture.range.set_pointed(kBegin + 5 * kHour);
  for (Chart* chart : {&fixture.chart, &other}) {
    const auto* legend = chart->findChild<QTreeWidget*>();
    CHECK(legend->topLevelItem(1)->text(1) == "2");
    CHECK(chart->plot()->accessibleName() == "Mails");
    CHECK(chart->plot()->accessibleDescription().contains("accept 1, reject 2, at once 3"));
  }
  QTest::keyClick(fixture.chart.plot(), Qt::Key_Escape);
  CHECK(std::isnan(fixture.range.pointed()));
  CHECK(fixture.chart.findChild<QTreeWidget*>()->topLevelItem(1)->text(1).isEmpty());
}

TEST_CASE("a series that is switched off in the legend is told, and is not drawn") {
  Fixture fixture;
  QSignalSpy told(&fixture.chart, &Chart::series_toggled);
  fixture.chart.findChild<QTreeWidget*>()->topLevelItem(1)->setCheckState(0, Qt::Unchecked);
  REQUIRE(told.count() == 1);
  CHECK(told.front().at(0).toInt() == 1);
  CHECK(told.front().at(1).toBool() == false);
  CHECK(fixture.colour_at(6.2, 0.55) != QColor::fromRgb(0xf7590a));
}

TEST_CASE("names of series are never taken for markup") {
  Fixture fixture;
  ChartContent hostile = content();
  hostile.series[0].name = "<img src=file:///etc/passwd>\n<b>";
  hostile.title = "<h1>title";
  fixture.chart.set_content(hostile);
  CHECK(fixture.chart.findChild<QTreeWidget*>()->topLevelItem(0)->text(0) == hostile.series[0].name);
  CHECK_FALSE(fixture.chart.plot()->grab().isNull());
}

// What is drawn of so much of a day.
QImage drawn(Drawing& drawing, double from, double to, double highest) {
  QImage image(700, 240, QImage::Format_RGB32);
  QPainter painter(&image);
  ChartContent content;
  content.highest = highest;
  drawing.draw(painter, QRectF(0, 0, 700, 240), content, from, to);
  return image;
}

TEST_CASE("axes that are drawn again, moved or zoomed a little, are those of a chart that is new") {
  constexpr double kDay = 1'777'000'000 / 86400 * 86400.0;
  struct Range {
    double from, to, highest;
  };
  const Range before{kDay, kDay + 86400, 90};
  const Range after = GENERATE_COPY(values<Range>({
      {kDay + 60, kDay + 86400 - 60, 90},
      {kDay - 60, kDay + 86400 + 60, 90},
      {kDay + 600, kDay + 87000, 90},
      {kDay + 7200, kDay + 86400 + 7200, 90},
      {kDay, kDay + 86400, 400},
      {kDay, kDay + 86400, 90},
  }));
  Drawing again, fresh;
  again.set_look(Scheme::light, QApplication::font());
  fresh.set_look(Scheme::light, QApplication::font());
  drawn(again, before.from, before.to, before.highest);
  CAPTURE(after.from, after.to, after.highest);
  CHECK(drawn(again, after.from, after.to, after.highest) ==
        drawn(fresh, after.from, after.to, after.highest));
}

}  // namespace
}  // namespace milter_manager::gui
