// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace milter_manager::log_analyzer {

// A milter's safe name as people are shown it: as in the log, but bytes that no reader should meet (controls, what is
// not UTF-8) stay %HH. It still needs escaping for HTML.
std::string shown_name(const std::string& safe_name);

// A file name as a relative URL.
std::string url_of(std::string_view file_name);

// "2026-09-14 23:59", in local time.
std::string local_time(std::chrono::sys_seconds time);

// Local midnight at or before `time`.
std::chrono::sys_seconds local_midnight(std::chrono::sys_seconds time);

// "3 minutes", "2 hours", "5 days": whole ones, of the largest unit of which there are two or more.
std::string duration(std::chrono::seconds span);

}  // namespace milter_manager::log_analyzer
