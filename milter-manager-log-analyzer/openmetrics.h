// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/maillog/minutes.h"
#include "milter-manager-log-analyzer/row_spool.h"

namespace milter_manager::log_analyzer {

// Writes what a run stored as OpenMetrics text, for `promtool tsdb create-blocks-from openmetrics FILE`: the metrics of
// metric_families(), as if Prometheus had asked at the end of every minute.
//
// A counter at a minute's end is the sum of all minutes up to it; `before` are the sums in front of the first minute,
// which are its first sample, so that the files of several runs fit together. Counters that have never counted are
// left out. Of a gap of more than an hour between two minutes with events only both ends have samples.
// The file takes the place of an old one when it is whole. Memory: that of the spool's minutes.
Result<void> write_openmetrics(const std::string& path, RowSpool& spool, const maillog::SeriesTotals& before);

}  // namespace milter_manager::log_analyzer
