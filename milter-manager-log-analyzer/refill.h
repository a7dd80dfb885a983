// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

#include "core/archive/directory_update.h"
#include "core/maillog/read_state.h"
#include "core/maillog/report_rules.h"
#include "milter-manager-log-analyzer/archives_update.h"
#include "milter-manager-log-analyzer/run.h"

namespace milter_manager::log_analyzer {

// Fills the archives of `anew` with the minutes that the damaged ones had, as far as the logs of the run are still there:
// the logs themselves, what they held before by the names of rotated files, the journal; not standard input.
// What the logs hold of later minutes is left to the run. Sets the first minutes of `anew`. Returns whether all that was
// found could be stored.
bool refill(const Options& options, const maillog::ReportRules& rules, std::chrono::sys_seconds now,
            const maillog::ReadState& state, BegunAnew& anew, archive::DirectoryUpdate& update,
            Outcome& outcome);

}  // namespace milter_manager::log_analyzer
