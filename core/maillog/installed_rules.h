// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/maillog/report_rules.h"

namespace milter_manager::maillog {

// Where report rules are looked for, in this order, so that a later one takes the place of an earlier one:
// the folder that is installed with the program (PREFIX/share/milter-manager/report-rules), the administrator's
// (PREFIX/etc/milter-manager/report-rules) where it holds any *.toml, and `more`, as --report-rules gives them.
// A program that lies in a build folder takes share/report-rules of the source tree around it, and no
// administrator's.
std::vector<std::string> rule_places(const std::string& executable, const std::vector<std::string>& more);

// The rules of the running program. Error: a file or folder that is not there, or that holds no rules.
Result<ReportRules> load_rules(const std::vector<std::string>& more);

}  // namespace milter_manager::maillog
