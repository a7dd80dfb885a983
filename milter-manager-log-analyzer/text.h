// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <time.h>

#include <chrono>
#include <string>
#include <string_view>

namespace milter_manager::log_analyzer {

// A milter's safe name as people are shown it: as in the log, but bytes that no reader should meet (controls, what is
// not UTF-8) stay %HH. It still needs escaping for HTML.
std::string shown_name(const std::string& safe_name);

// A file name as a relative URL.
std::string url_of(std::string_view file_name);

// The time as people where this runs write it.
struct tm local_date(std::chrono::sys_seconds time);

// "2026-09-14 23:59", in local time.
std::string local_time(std::chrono::sys_seconds time);

// "2026-09-14T23:59:00+02:00", in local time.
std::string iso_time(std::chrono::sys_seconds time);

// Local midnight at or before `time`.
std::chrono::sys_seconds local_midnight(std::chrono::sys_seconds time);

// "3 minutes", "2 hours", "5 days": whole ones, of the largest unit of which there are two or more.
std::string duration(std::chrono::seconds span);

// A count: "1,234,567".
std::string grouped(double count);

// A mean or a highest value: "1,235", "12.5", "0.35", "0.0012".
std::string rounded(double value);

}  // namespace milter_manager::log_analyzer
