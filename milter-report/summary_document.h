// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/document.h"
#include "milter-report/model/summary.h"

namespace milter_manager::report {

// The summary as a section of figures and tables.
void add_summary(const Summary& summary, const ReadReport& report, const maillog::ReportRules& rules,
                 Document& document);

}  // namespace milter_manager::report
