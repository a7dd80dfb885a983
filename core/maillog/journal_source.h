// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/maillog/collector.h"

namespace milter_manager::maillog {

// Whether this build can read journals.
bool can_read_journal();

// Reads what is new in the systemd journal: entries of `program`, from the collector's cursor on, which moves
// to the last of
// them. `directory`: where its files are; empty: the system's own journal. Where the entry at the cursor is
// no longer there (the
// journal was vacuumed) the collector's report gets a gap, and all that is there is read.
// The journal's newest entry, of whatever program, moves its host's clock.
// A journal without any entry is among the collector's failures: libsystemd leaves out files that may not be read.
// Error: the journal can't be opened or read; or this build can't.
Result<void> read_journal(const std::string& directory, const std::string& program, Collector& collector);

}  // namespace milter_manager::maillog
