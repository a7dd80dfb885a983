// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::log_analyzer {

struct Options {
  std::vector<std::string> logs;  // paths and patterns, in any order; "-" is standard input
  bool journal = false;           // the systemd journal
  std::string journal_directory;  // empty: the system's own
  std::string output_directory = ".";
  std::string program = "milter-manager";  // whose lines count
  std::vector<std::string> report_rules;   // files and folders besides those that are found
  std::string openmetrics;                 // path: what this run stores, for a backfill; empty: none
  std::string textfile;                    // path: totals, for node_exporter; empty: none
  std::string rrdcached;                   // address: archives are updated through it; empty: directly
  bool upgrade = false;                    // only add rows to old archives
  bool update_archives = true;
  bool draw = true;
  // Of pictures; the first is that of index.html. The page in all others is beside it, with the first one's pictures.
  std::vector<std::string> languages{"en"};
  bool json = false;                            // the counts on standard output
  std::chrono::seconds lateness{90};            // how late a line may reach the log
  bool complete = false;                        // the logs get no more lines
  std::optional<std::chrono::sys_seconds> now;  // none: the wall clock; of complete logs their end
};

// "2026-09-14T23:59:00Z", "2026-09-15T01:59:00+02:00", and local time where no offset is given.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text);

}  // namespace milter_manager::log_analyzer
