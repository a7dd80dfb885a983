// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/axis.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr double kSteps[] = {1, 2, 2.5, 5, 10};
constexpr double kMostSteps = 5;

// The least of 1, 2, 2.5 and 5 times a power of ten that reaches `highest` in few steps.
double step_for(double highest) {
  const double least = highest / kMostSteps;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double step : kSteps) {
    if (step * power * (1 + 1e-9) >= least) return step * power;
  }
  return 10 * power;
}

std::string tick_text(double value, double step) {
  struct Prefix {
    double factor;
    std::string_view letter;
  };
  for (const Prefix& prefix :
       {Prefix{1e12, "T"}, Prefix{1e9, "G"}, Prefix{1e6, "M"}, Prefix{1e3, "k"}, Prefix{1, ""}}) {
    if (value < prefix.factor && prefix.factor > 1) continue;
    std::string digits =
        fmt::format("{:.{}f}", value / prefix.factor,
                    std::clamp(static_cast<int>(std::ceil(-std::log10(step / prefix.factor))) + 1, 0, 9));
    if (digits.find('.') != digits.npos) {
      digits.erase(digits.find_last_not_of('0') + 1);
      if (digits.back() == '.') digits.pop_back();
    }
    return digits + std::string(prefix.letter);
  }
  return {};
}

std::string month_text(int month, const Language& language) {
  return language.text(fmt::format("month.{}", month + 1));
}

// "8 Mar"
std::string date_text(const struct tm& date, const Language& language) {
  return language.text("picture.date", {{"day", fmt::format("{}", date.tm_mday)},
                                        {"month", month_text(date.tm_mon, language)}});
}

// "Sun 8 Mar"
std::string weekday_text(const struct tm& date, const Language& language) {
  return language.text("picture.weekday_date",
                       {{"weekday", language.text(fmt::format("weekday.{}", date.tm_wday))},
                        {"date", date_text(date, language)}});
}

sys_seconds time_of(struct tm date) {
  date.tm_isdst = -1;
  return sys_seconds(seconds(::mktime(&date)));
}

std::vector<TimeTick> hour_ticks(sys_seconds start, sys_seconds end, const Language& language) {
  constexpr seconds kQuarter = minutes(15);  // some zones are half or three quarters of an hour off
  std::vector<TimeTick> ticks;
  for (sys_seconds at = start + (kQuarter - start.time_since_epoch() % kQuarter) % kQuarter; at <= end;
       at += kQuarter) {
    const struct tm date = local_date(at);
    if (date.tm_min != 0) continue;
    TimeTick tick{at, date.tm_hour % 3 == 0, {}, at};
    if (tick.major)
      tick.text = date.tm_hour == 0 ? date_text(date, language) : fmt::format("{:02}:00", date.tm_hour);
    // The hour that comes twice has one text.
    if (!ticks.empty() && ticks.back().text == tick.text) tick.text.clear();
    ticks.push_back(std::move(tick));
  }
  return ticks;
}

// A tick each day or month, with the text in its middle.
std::vector<TimeTick> day_ticks(sys_seconds start, sys_seconds end, const Language& language) {
  std::vector<TimeTick> ticks;
  for (sys_seconds day = local_midnight(start); day <= end;) {
    struct tm date = local_date(day);
    for (const int hour : {6, 12, 18}) {
      struct tm later = date;
      later.tm_hour = hour;
      ticks.push_back({time_of(later), false, {}, {}});
    }
    const std::string text = weekday_text(date, language);
    ++date.tm_mday;
    date.tm_hour = 0;
    const sys_seconds next = time_of(date);
    ticks.push_back({day, true, text, day + (next - day) / 2});
    day = next;
  }
  return ticks;
}

std::vector<TimeTick> week_ticks(sys_seconds start, sys_seconds end, const Language& language) {
  std::vector<TimeTick> ticks;
  for (sys_seconds day = local_midnight(start); day <= end;) {
    struct tm date = local_date(day);
    const bool monday = date.tm_wday == 1;
    ticks.push_back({day, monday, monday ? date_text(date, language) : "", day});
    ++date.tm_mday;
    date.tm_hour = 0;
    day = time_of(date);
  }
  return ticks;
}

std::vector<TimeTick> month_ticks(sys_seconds start, sys_seconds end, const Language& language) {
  std::vector<TimeTick> ticks;
  struct tm date = local_date(start);
  date.tm_mday = 1;
  date.tm_hour = date.tm_min = date.tm_sec = 0;
  for (sys_seconds month = time_of(date); month <= end;) {
    const int number = date.tm_mon, year = date.tm_year + 1900;
    date.tm_mon = (number + 1) % 12;
    date.tm_year += number == 11 ? 1 : 0;
    const sys_seconds next = time_of(date);
    std::string text = number == 0 ? fmt::format("{}", year) : month_text(number, language);
    ticks.push_back({month, true, std::move(text), month + (next - month) / 2});
    month = next;
  }
  return ticks;
}

}  // namespace

ValueAxis value_axis(double highest) {
  ValueAxis axis;
  // Below that, and of numbers without all their digits, steps can't be told.
  constexpr double kLeast = 1e-9;
  if (!(highest > kLeast) || !std::isfinite(highest)) {
    axis.ticks = {{0, "0"}};
    return axis;
  }
  const double step = step_for(highest);
  const auto count = static_cast<int>(std::ceil(highest / step * (1 - 1e-9)));
  for (int i = 0; i <= count; ++i) axis.ticks.push_back({step * i, tick_text(step * i, step)});
  axis.top = step * count;
  return axis;
}

std::vector<TimeTick> time_axis(sys_seconds start, sys_seconds end, const Language& language) {
  std::vector<TimeTick> ticks;
  if (end - start <= hours(48)) {
    ticks = hour_ticks(start, end, language);
  } else if (end - start <= hours(14 * 24)) {
    ticks = day_ticks(start, end, language);
  } else if (end - start <= hours(70 * 24)) {
    ticks = week_ticks(start, end, language);
  } else {
    ticks = month_ticks(start, end, language);
  }
  return ticks;
}

}  // namespace milter_manager::log_analyzer
