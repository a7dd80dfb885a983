// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/maillog/read_state.h"
#include "core/result.h"

namespace milter_manager::log_analyzer {

// Writes the counters of metric_families() without time stamps, for the textfile collector of Prometheus' node_exporter,
// which reads FILE.prom in its folder: all that was ever stored, and the newest minute that was.
//
// The totals are kept in the read state, so they go on from run to run and never fall, whatever becomes of archives and
// logs; they begin anew, as counters may, where the state does. What is no counter is left out: without a stamp it would
// be taken for the present.
// The file is replaced at once, and even where it is the same, so that its age tells of the last run.
Result<void> write_textfile(const std::string& path, const maillog::ReadState& state);

}  // namespace milter_manager::log_analyzer
