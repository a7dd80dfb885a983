// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/ticks.h"

#include <QDateTime>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace milter_manager::gui {
namespace {

const QTimeZone kBerlin("Europe/Berlin");
const QLocale kEnglish(QLocale::English, QLocale::UnitedKingdom);

double at(const char* moment) {
  return static_cast<double>(QDateTime(QDateTime::fromString(QLatin1String(moment), Qt::ISODate).date(),
                                       QDateTime::fromString(QLatin1String(moment), Qt::ISODate).time(),
                                       kBerlin)
                                 .toSecsSinceEpoch());
}

std::string labels(const char* from, const char* to, int most) {
  QStringList all;
  for (const Tick& tick : time_ticks(at(from), at(to), most, kBerlin, kEnglish)) all += tick.label;
  return all.join(' ').toStdString();
}

std::string values(double highest, int most) {
  QStringList all;
  for (const Tick& tick : value_ticks(highest, most, kEnglish)) all += tick.label;
  return all.join('|').toStdString();
}

TEST_CASE("the axis of time has places where people would put them") {
  CHECK(labels("2026-05-05T09:58:00", "2026-05-05T10:59:00", 7) == "10:00 10:10 10:20 10:30 10:40 10:50");
  CHECK(labels("2026-05-05T20:00:00", "2026-05-06T08:00:00", 6) ==
        "20:00 22:00 6 May 02:00 04:00 06:00 08:00");
  CHECK(labels("2026-05-04T12:00:00", "2026-05-10T12:00:00", 7) == "5 May 6 May 7 May 8 May 9 May 10 May");
  CHECK(labels("2026-04-01T00:00:00", "2026-05-10T00:00:00", 7) == "6 Apr 13 Apr 20 Apr 27 Apr 4 May");
  CHECK(labels("2025-10-20T00:00:00", "2026-04-10T00:00:00", 8) == "Nov Dec 2026 Feb Mar Apr");
  CHECK(labels("2016-05-01T00:00:00", "2026-05-01T00:00:00", 12) ==
        "2017 2018 2019 2020 2021 2022 2023 2024 2025 2026");
}

TEST_CASE("hours are those of the clock on the wall when summer time begins and ends") {
  CHECK(labels("2026-03-29T00:00:00", "2026-03-29T06:30:00", 8) == "29 Mar 01:00 03:00 04:00 05:00 06:00");
  CHECK(labels("2026-10-25T00:00:00", "2026-10-25T05:30:00", 8) == "25 Oct 01:00 02:00 03:00 04:00 05:00");
}

TEST_CASE("there are never more places than fit") {
  for (double length = 60; length < 4e9; length *= 1.37) {
    const double begin = at("2001-02-03T04:05:06");
    for (const int most : {1, 2, 5, 12}) {
      INFO(length << " " << most);
      CHECK(static_cast<int>(time_ticks(begin, begin + length, most, kBerlin, kEnglish).size()) <= most + 1);
    }
  }
}

TEST_CASE("the axis of values ends at a round number above the highest") {
  CHECK(values(0, 4) == "0|0.5|1");
  CHECK(values(0.9, 4) == "0|0.5|1");
  CHECK(values(7, 4) == "0|2|4|6|8");
  CHECK(values(1234, 5) == "0|500|1,000|1,500");
  CHECK(values(43'000, 5) == "0|10 k|20 k|30 k|40 k|50 k");
  CHECK(values(0.003, 3) == "0|0.001|0.002|0.003");
}

TEST_CASE("the axis of values has an end whatever the highest value is") {
  for (const double highest :
       {5e-324, 1e-300, 1e-101, 1e99, 1e300, 1.7e308, std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN(), -1.0}) {
    for (const int most : {0, 1, 4, 12}) {
      INFO(highest << " " << most);
      const std::vector<Tick> ticks = value_ticks(highest, most, kEnglish);
      REQUIRE(ticks.size() >= 2);
      CHECK(ticks.size() <= 14);
      CHECK(ticks.back().at > 0);
      CHECK(std::isfinite(ticks.back().at));
    }
  }
}

TEST_CASE("a value that is not known is a dash, others have the digits that are of interest") {
  CHECK(exact_number(std::numeric_limits<double>::quiet_NaN(), kEnglish) == "–");
  CHECK(exact_number(0, kEnglish) == "0");
  CHECK(exact_number(0.01234, kEnglish) == "0.012");
  CHECK(exact_number(1.234, kEnglish) == "1.23");
  CHECK(exact_number(12.34, kEnglish) == "12.3");
  CHECK(exact_number(1234.4, kEnglish) == "1,234");
  CHECK(exact_number(3, kEnglish) == "3");
}

}  // namespace
}  // namespace milter_manager::gui
