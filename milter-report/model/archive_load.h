// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "milter-report/model/milter_load.h"

namespace milter_manager::report {

// What archives tell of a milter's load. The hosts of a log share their archives, so there is one load.
struct ArchiveLoad {
  HostLoad load;
  std::chrono::seconds longest_step{0};  // of a row that tells how many were busy
  std::vector<std::string> milters;      // all that have a load archive
  std::vector<std::string> wanted;       // of these
  std::vector<std::string> failures;     // sentences: archives that could not be read
};

// Reads milter.load.NAME.rrd of the milters that are wanted, and session.rrd, over [since, until). Where the archive has no rows of
// minutes any more an "hour" is as long as a row. Error: the folder can't be read.
Result<ArchiveLoad> load_of_archives(const std::string& folder,
                                     const std::function<bool(std::string_view)>& is_wanted,
                                     std::chrono::sys_seconds since, std::chrono::sys_seconds until);

}  // namespace milter_manager::report
