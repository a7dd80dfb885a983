// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/minute_counts.h"

#include "core/maillog/minute.h"

namespace milter_manager::report {

void MinuteCounts::add(double time) {
  const std::int64_t second = maillog::minute_of(time);
  const std::int64_t in_day = (second % kDay + kDay) % kDay;
  const std::int64_t day = second - in_day;
  if (recent_day_ == nullptr || day != recent_) {
    auto found = days_.find(day);
    if (found == days_.end()) {
      if (room_->days == 0) return;
      --room_->days;
      found = days_.emplace(day, std::make_unique<Day>()).first;
    }
    recent_day_ = found->second.get();
    recent_ = day;
  }
  ++(*recent_day_)[static_cast<std::size_t>(in_day / 60)];
}

BusiestMinute MinuteCounts::busiest() const {
  BusiestMinute result;
  for (const auto& [day, counts] : days_) {
    for (std::size_t i = 0; i < counts->size(); ++i) {
      const std::uint32_t count = (*counts)[i];
      const std::int64_t minute = day + static_cast<std::int64_t>(i) * 60;
      if (count > result.count || (count > 0 && count == result.count && minute < *result.minute))
        result = {minute, count};
    }
  }
  return result;
}

}  // namespace milter_manager::report
