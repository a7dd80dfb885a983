// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/ticks.h"

#include <QCoreApplication>
#include <QDateTime>
#include <algorithm>
#include <cmath>

namespace milter_manager::gui {
namespace {

enum class Unit : std::uint8_t { minute, day, week, month, year };
struct Step {
  Unit unit;
  int count;
  double seconds;  // about
};

constexpr double kDay = 86400;
constexpr Step kSteps[] = {
    {Unit::minute, 1, 60},           {Unit::minute, 2, 120},          {Unit::minute, 5, 300},
    {Unit::minute, 10, 600},         {Unit::minute, 15, 900},         {Unit::minute, 30, 1800},
    {Unit::minute, 60, 3600},        {Unit::minute, 120, 7200},       {Unit::minute, 180, 10800},
    {Unit::minute, 360, 21600},      {Unit::minute, 720, 43200},      {Unit::day, 1, kDay},
    {Unit::day, 2, 2 * kDay},        {Unit::week, 1, 7 * kDay},       {Unit::week, 2, 14 * kDay},
    {Unit::month, 1, 30.44 * kDay},  {Unit::month, 2, 60.9 * kDay},   {Unit::month, 3, 91.3 * kDay},
    {Unit::month, 6, 182.6 * kDay},  {Unit::year, 1, 365.25 * kDay},  {Unit::year, 2, 730.5 * kDay},
    {Unit::year, 5, 1826.25 * kDay}, {Unit::year, 10, 3652.5 * kDay}, {Unit::year, 50, 18262.5 * kDay},
};

QString words(const char* text) { return QCoreApplication::translate("Ticks", text); }

QString day_text(const QDate& date, const QLocale& locale) {
  //: a day on the axis of time, as QLocale::toString() takes it
  return locale.toString(date, words(QT_TRANSLATE_NOOP("Ticks", "d MMM")));
}

QString month_text(const QDate& date, const QLocale& locale) {
  if (date.month() == 1) return locale.toString(date, QStringLiteral("yyyy"));
  //: a month on the axis of time
  return locale.toString(date, words(QT_TRANSLATE_NOOP("Ticks", "MMM")));
}

const Step& step_for(double length, int most) {
  for (const Step& step : kSteps) {
    if (length / step.seconds <= most) return step;
  }
  return *(std::end(kSteps) - 1);
}

QDate first_day(const Step& step, QDate date, const QLocale& locale) {
  switch (step.unit) {
    case Unit::minute:
      return date;
    case Unit::day:
      return date.addDays(-(date.toJulianDay() % step.count));
    case Unit::week: {
      const int behind = (date.dayOfWeek() - locale.firstDayOfWeek() + 7) % 7;
      const QDate begin = date.addDays(-behind);
      return step.count == 2 && begin.toJulianDay() / 7 % 2 == 1 ? begin.addDays(-7) : begin;
    }
    case Unit::month:
      return {date.year(), (date.month() - 1) / step.count * step.count + 1, 1};
    case Unit::year:
      return {date.year() / step.count * step.count, 1, 1};
  }
  return date;
}

QDate next_day(const Step& step, const QDate& date) {
  switch (step.unit) {
    case Unit::week:
      return date.addDays(7 * step.count);
    case Unit::month:
      return date.addMonths(step.count);
    case Unit::year:
      return date.addYears(step.count);
    case Unit::minute:
      return date.addDays(1);
    case Unit::day:
      break;
  }
  return date.addDays(step.count);
}

QString date_label(const Step& step, const QDate& date, const QLocale& locale) {
  if (step.unit == Unit::year) return QString::number(date.year());
  return step.unit == Unit::month ? month_text(date, locale) : day_text(date, locale);
}

// 1, 2 or 5 times a power of ten, at least `rough`.
double round_step(double rough) {
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::vector<Tick> time_ticks(double from, double to, int most, const QTimeZone& zone, const QLocale& locale) {
  std::vector<Tick> ticks;
  if (!(to > from) || most < 1) return ticks;
  const Step& step = step_for(to - from, most);
  const auto add = [&](const QDateTime& moment, const QString& label) {
    const auto at = static_cast<double>(moment.toSecsSinceEpoch());
    if (at >= from && at <= to && (ticks.empty() || at > ticks.back().at)) ticks.push_back({at, label});
  };
  const QDateTime begin = QDateTime::fromSecsSinceEpoch(static_cast<qint64>(from), zone);
  const QDateTime end = QDateTime::fromSecsSinceEpoch(static_cast<qint64>(to), zone);
  for (QDate date = first_day(step, begin.date(), locale); date <= end.date(); date = next_day(step, date)) {
    add(QDateTime(date, QTime(0, 0), zone), date_label(step, date, locale));
    if (step.unit != Unit::minute) continue;
    for (int minute = step.count; minute < 1440; minute += step.count) {
      const QTime time(minute / 60, minute % 60);
      const QDateTime moment(date, time, zone);
      // An hour that the change to summer time leaves out is none.
      if (moment.isValid()) add(moment, time.toString(QStringLiteral("HH:mm")));
    }
  }
  return ticks;
}

std::vector<Tick> number_ticks(double from, double to, int most, const QLocale& locale) {
  std::vector<Tick> ticks;
  if (!(to > from) || most < 1) return ticks;
  const double step = std::max(round_step((to - from) / most), 1.0);
  for (double at = std::ceil(from / step) * step; at <= to; at += step) {
    ticks.push_back({at, short_number(at, locale)});
  }
  return ticks;
}

std::vector<Tick> value_ticks(double highest, int most, const QLocale& locale) {
  // Beyond these a step would be 0, or have no number: no count is there, but a damaged source may say so.
  constexpr double kLeast = 1e-100, kMost = 1e100;
  if (!(highest > kLeast) || !std::isfinite(highest)) highest = 1;
  highest = std::min(highest, kMost);
  most = std::max(most, 1);
  const double step = round_step(highest / most);
  const int count = static_cast<int>(std::ceil(highest / step - 1e-9));
  std::vector<Tick> ticks;
  for (int i = 0; i <= count; ++i) ticks.push_back({i * step, short_number(i * step, locale)});
  return ticks;
}

QString short_number(double value, const QLocale& locale) {
  static constexpr struct {
    double of;
    const char* letter;
  } kPrefixes[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
  for (const auto& prefix : kPrefixes) {
    if (std::abs(value) >= prefix.of * (prefix.of > 1e3 ? 1 : 10)) {
      return locale.toString(value / prefix.of, 'g', 4) + QLatin1String(prefix.letter);
    }
  }
  if (std::abs(value) >= 1000) return locale.toString(value, 'f', 0);
  return locale.toString(value, 'g', 4);
}

QString exact_number(double value, const QLocale& locale) {
  if (std::isnan(value)) return QStringLiteral("–");
  const double size = std::abs(value);
  if (size >= 1e7) return short_number(value, locale);
  if (size >= 100 || value == std::round(value)) return locale.toString(value, 'f', 0);
  if (size >= 10) return locale.toString(value, 'f', 1);
  if (size >= 0.01) return locale.toString(value, 'f', size >= 1 ? 2 : 3);
  return locale.toString(value, 'g', 2);
}

QString moment_text(double time, double range, const QTimeZone& zone, const QLocale& locale) {
  const QDateTime moment = QDateTime::fromSecsSinceEpoch(static_cast<qint64>(time), zone);
  if (range > 200 * kDay) {
    //: a day, with its year
    return locale.toString(moment.date(), words(QT_TRANSLATE_NOOP("Ticks", "ddd d MMM yyyy")));
  }
  //: a moment
  return locale.toString(moment, words(QT_TRANSLATE_NOOP("Ticks", "ddd d MMM yyyy HH:mm")));
}

}  // namespace milter_manager::gui
