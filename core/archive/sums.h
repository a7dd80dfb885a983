// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"

namespace milter_manager::archive {

// What an archive's rows add up to, source by source.
struct Sums {
  std::vector<double> values;  // in the order of the layout's sources: events
  // Where the rows begin that were added, at or before `from`; the same as `from` where rows of a minute reach it.
  std::chrono::sys_seconds first{};
  bool any = false;  // whether there is any known value
};

// Sums over the minutes in [from, to), `to` being no earlier than what the archive holds. The last two days come from rows
// of a minute, the week before from rows of 56 minutes, the weeks before that from longer ones; so the first row may reach
// back a little before `from`. A file of an older version has no rows of a minute: there rows of 8 minutes serve, and up to
// the last 8 minutes are missing.
Result<Sums> sum(const Archive& archive, std::chrono::sys_seconds from, std::chrono::sys_seconds to);

}  // namespace milter_manager::archive
