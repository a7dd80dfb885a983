// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "milter-report/processes/sampler.h"

namespace milter_manager::report {

// What samples of processes look like. Names and command lines, which anybody chooses, are made safe to show.

// The heading of process_lines(), with its line end.
std::string_view process_heading();
// A line a process, in columns: the local time, PID, VSS, RSS, %CPU, CPU time, descriptors, PSS, threads, command; "-" for what is not
// known. "HH:MM:SS not found" where there is none.
//
//   13:45:10   2301  45.2MiB   8.1MiB   0.5    01:23    12    2.0MiB    1 smtpd -n smtp
std::string process_lines(const processes::Sample& sample);

// The same as CSV (RFC 4180), bytes and seconds as they are, times in UTC; with_heading: names of the columns first.
std::string process_csv(const processes::Sample& sample, bool with_heading);

// One JSON object on one line: {"time": "…Z", "processes": [{"name", "pid", "vss_bytes", …}]}; null for what is not known.
std::string process_json(const processes::Sample& sample);

}  // namespace milter_manager::report
