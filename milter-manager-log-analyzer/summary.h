// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

#include "core/archive/archive.h"
#include "core/result.h"

namespace milter_manager::log_analyzer {

// How connections ended, of a status archive.
struct Counts {
  double sessions = 0;  // all, however they ended
  double passed = 0;    // pass and accept
  double rejected = 0;
  double deferred = 0;  // temporary failures
};

// Counts of the minutes in [from, to), `to` being no earlier than what the archive holds. The last two days come
// from rows of a minute, what is before from rows of 56 minutes, so that their first may reach back a little before
// `from`. A file of an older version has no rows of a minute: there rows of 8 minutes serve, and up to the last 8
// minutes are missing.
Result<Counts> count_sessions(const archive::Archive& status, std::chrono::sys_seconds from,
                              std::chrono::sys_seconds to);

}  // namespace milter_manager::log_analyzer
