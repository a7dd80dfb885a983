// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {

// An RRD file with its rows in the order of time: librrd begins the rings of a new file anywhere.
std::string in_order_of_time(std::string file);

// The archives in a directory: file name and contents, in the order of time.
std::map<std::string, std::string> archives_in(const std::string& path);

// Compares the archives of two directories. Fails the test where they are not the same, naming them.
void check_same_archives(const std::string& path, const std::map<std::string, std::string>& expected);

// Whether there is anything in the directory that is no archive, lock, or state.
std::string leftovers_in(const std::string& path);

// A log of `minutes` minutes from 10:00 on 2026-09-14: connections, messages, milters, headers, heartbeats, in
// changing numbers. Pieces of it, one behind the other, are the whole.
std::string busy_log(int from_minute, int to_minute);

// The value stored in a minute (a time of day on 2026-09-14, "10:07"), in words as rrdtool prints them: "3", "nan".
double stored(const ScratchDirectory& directory, const std::string& file, const std::string& source,
              const std::string& time);

}  // namespace milter_manager::log_analyzer
