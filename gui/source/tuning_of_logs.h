// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/maillog/report_rules.h"
#include "core/result.h"
#include "gui/model/tuning.h"

namespace milter_manager::gui {

// What logs tell the tuning pages. Reads them once, and waits for the disk. `milter`: "" for the first in the log whose name says that it asks
// spamd (greylists). Errors: no log could be read, nothing of the kind in them.
struct LogQuestion {
  std::vector<std::string> paths;
  Period period;
  double now = 0;  // Unix seconds: tells the year of stamps that have none
  const maillog::ReportRules* rules = nullptr;
};
Result<WorkersMaterial> workers_of_logs(const LogQuestion& question, const std::string& milter);
Result<GreylistMaterial> greylist_of_logs(const LogQuestion& question, const std::string& milter);
Result<EvaluationMaterial> evaluation_of_logs(const LogQuestion& question);

}  // namespace milter_manager::gui
