// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/maillog/collector.h"

namespace milter_manager::log_analyzer {

// The counts of a run as JSON, for other programs:
//
//   {"lines": {"read": 7197, "events": 4711, …},
//    "lost": [{"host": "mail", "day": 1789344000, "lines": 3}], "late": […], "future": […],
//    "series": {"session.rrd": {"sources": ["smtp", …], "minutes": {"1789344780": [1, 4, 0, 2]}}}}
//
// Minutes and days are their first seconds, in Unix time; series have the names of their archives; quantiles
// that are not
// known are null. `rows`: the minutes that were complete.
std::string counts_json(const maillog::SeriesTable& rows, const maillog::Collector& collector);

}  // namespace milter_manager::log_analyzer
