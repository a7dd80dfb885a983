// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "milter-manager-log-analyzer/page/language.h"

namespace milter_manager::log_analyzer {

struct ValueTick {
  double value;
  std::string text;  // "0", "0.25", "1.5k", "20M"
};

struct ValueAxis {
  double top = 1;                // of the drawing area: a tick, `highest` or a little more
  std::vector<ValueTick> ticks;  // from 0 to top, evenly, at most six
};

ValueAxis value_axis(double highest);

struct TimeTick {
  std::chrono::sys_seconds time;
  bool major = false;
  std::string text;                    // "" for none
  std::chrono::sys_seconds text_at{};  // the text's middle
};

// Where a person looks for dates, in local time: hours, with the date at midnight; days; Mondays;
// or months, with the year in January; as the span asks for.
std::vector<TimeTick> time_axis(std::chrono::sys_seconds start, std::chrono::sys_seconds end,
                                const Language& language);

}  // namespace milter_manager::log_analyzer
