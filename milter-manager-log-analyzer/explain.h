// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "core/maillog/report_rules.h"

namespace milter_manager::log_analyzer {

// How a log line is read, and where it counts, for a person:
//
//   format   RFC 3339
//   time     2026-09-14T00:13:24.134747Z
//   host     mail, process 9612
//   event    [session][end][quit][pass][0.5](1)
//   counts   in the minute 2026-09-14T00:13Z
//              session.rrd: smtp +1
//              milter-manager.status.rrd: pass +1
//
// `rules` tell where header lines count. For a line that counts nowhere it says why.
std::string explain(const std::string& line, const std::string& program, const maillog::ReportRules& rules,
                    std::chrono::sys_seconds now);

}  // namespace milter_manager::log_analyzer
