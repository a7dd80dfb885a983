// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/archive/daemon.h"
#include "core/maillog/report_rules.h"
#include "milter-manager-log-analyzer/run.h"

namespace milter_manager::log_analyzer {

// The reading half of a run: prepares the archives, reads what is new in the logs, stores the minutes that
// are complete, and
// last the state. Where an archive could not be updated the state stays as it was: the next run does it all
// again,
// and what is stored already is skipped. The same holds where the export of --openmetrics could not be written.
// `daemon`: the archives are updated through it; null: by this process.
void collect(const Options& options, const maillog::ReportRules& rules, std::chrono::sys_seconds now,
             archive::Daemon* daemon, Outcome& outcome);

}  // namespace milter_manager::log_analyzer
