// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/setting_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace milter_manager::report {

std::string greylist_time(double value) {
  const auto minutes = static_cast<std::int64_t>(std::llround(value / 60));
  constexpr std::int64_t kHour = 60, kDay = 24 * kHour, kWeek = 7 * kDay;
  if (minutes == 0) return "0";
  if (minutes % kWeek == 0) return fmt::format("{}w", minutes / kWeek);
  if (minutes % kDay == 0) return fmt::format("{}d", minutes / kDay);
  if (minutes % kHour == 0) return fmt::format("{}h", minutes / kHour);
  return fmt::format("{}m", minutes);
}

}  // namespace milter_manager::report
