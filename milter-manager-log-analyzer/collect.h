// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-manager-log-analyzer/run.h"

namespace milter_manager::log_analyzer {

// The reading half of a run: prepares the archives, reads what is new in the logs, stores the minutes that
// are complete, and
// last the state. Where an archive could not be updated the state stays as it was: the next run does it all
// again,
// and what is stored already is skipped.
void collect(const Options& options, std::chrono::sys_seconds now, Outcome& outcome);

}  // namespace milter_manager::log_analyzer
