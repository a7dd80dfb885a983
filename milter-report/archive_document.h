// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/document.h"
#include "milter-report/model/archive_summary.h"

namespace milter_manager::report {

// The summary that archives give: the same figures as of a log, as far as archives have them; what they have not is said.
void add_archive_summary(const ArchiveSummary& summary, Document& document);

}  // namespace milter_manager::report
