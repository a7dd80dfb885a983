// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/model/chart.h"
#include "milter-report/model/archive_summary.h"
#include "milter-report/model/greylist_delays.h"
#include "milter-report/model/milter_load.h"
#include "milter-report/model/trial.h"
#include "milter-report/model/trials.h"

namespace milter_manager::gui {

// What sources tell the tuning pages. All numbers are milter-report's (milter-report/model), so the two programs never disagree.

struct WorkersMaterial {
  Period period;
  std::string milter = {};                                          // whose load it is; "" for none
  std::vector<std::string> milters = {};                            // all that could be asked for
  std::map<std::string, report::HostLoad, std::less<>> hosts = {};  // "": all hosts' in sum
  std::vector<std::string> cautions = {};  // sentences: what is not known, and what that means
};

struct GreylistMaterial {
  Period period;
  std::string milter = {};
  report::GreylistRecord record = {};
  report::GreylistDelays delays = {};
  std::vector<std::string> cautions = {};
};

// Of logs: trials. Of archives: only what was counted, in `counts`.
struct EvaluationMaterial {
  Period period;
  std::shared_ptr<const report::Trials> trials = {};  // null: of archives
  std::vector<report::ArchiveCounts> counts = {};     // of Kind::milter_evaluation
  std::vector<std::string> cautions = {};
};

}  // namespace milter_manager::gui
