// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/options.h"

#include "core/maillog/local_time.h"
#include "core/maillog/stamp.h"

namespace milter_manager::log_analyzer {

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) {
  // In a log a blank and a word follow a stamp.
  const std::string line = std::string(text) + " -";
  maillog::Stamp stamp;
  if (text.ends_with(' ') || maillog::parse_stamp(line, stamp) != text.size() + 1) return std::nullopt;
  if (stamp.year == 0 || !maillog::is_date(stamp.year, stamp.month, stamp.day)) return std::nullopt;
  const std::int64_t wall = maillog::seconds_as_utc(stamp, stamp.year);
  const std::int64_t time = stamp.offset ? wall - *stamp.offset : maillog::local_times(wall).first;
  return std::chrono::sys_seconds(std::chrono::seconds(time));
}

}  // namespace milter_manager::log_analyzer
