// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLocale>
#include <QString>
#include <QTimeZone>
#include <vector>

namespace milter_manager::gui {

// A place on an axis.
struct Tick {
  double at = 0;
  QString label;
  bool operator==(const Tick&) const = default;
};

// Places on an axis of time in [from, to] (Unix seconds), at most `most` of them, where people would put them: whole minutes,
// hours, days, Mondays (or what the locale's weeks begin with), months, years of the zone. Midnight is written as its day, January as its year.
std::vector<Tick> time_ticks(double from, double to, int most, const QTimeZone& zone, const QLocale& locale);

// Places on an axis of numbers in [from, to], as above: 1, 2 or 5 times a power of ten apart, and nothing below 1.
std::vector<Tick> number_ticks(double from, double to, int most, const QLocale& locale);

// Places on an axis from 0 to at least `highest`, steps of 1, 2 or 5 times a power of ten, at most `most` steps. The last one
// is at or above `highest`: the axis ends there.
std::vector<Tick> value_ticks(double highest, int most, const QLocale& locale);

// "0", "0.25", "12", "1.2 k", "3 M": short, for axes.
QString short_number(double value, const QLocale& locale);
// With so many digits as can be of interest: "0.0123", "12.3", "1,234".
QString exact_number(double value, const QLocale& locale);

// A moment within a range of this length: with seconds left out, and hours too where days are looked at.
QString moment_text(double time, double range, const QTimeZone& zone, const QLocale& locale);

}  // namespace milter_manager::gui
