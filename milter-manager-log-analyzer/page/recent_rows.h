// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "core/archive/archive.h"
#include "core/result.h"

namespace milter_manager::log_analyzer {

// What an archive counted in the last days, to be summed up over any stretch of them.
//
// The last two days come from rows of a minute, what is before from rows of 56 minutes, so that the first of these may
// reach back a little before what is asked for. A file of an older version has no rows of a minute: there rows of 8
// minutes serve, and up to the last 8 minutes are missing.
class RecentRows {
 public:
  // `now` is no earlier than what the archive holds, `from` the earliest time that will be asked for. Cost: two fetches.
  static Result<RecentRows> read(const archive::Archive& archive, std::chrono::sys_seconds from,
                                 std::chrono::sys_seconds now);

  // The events of these sources in the minutes [from, to). None where nothing is known of them.
  std::optional<double> sum(std::initializer_list<std::string_view> sources, std::chrono::sys_seconds from,
                            std::chrono::sys_seconds to) const;

 private:
  archive::Table newest_;
  archive::Table older_;
  std::chrono::sys_seconds border_{};  // between the two
};

}  // namespace milter_manager::log_analyzer
