// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {

// The arguments of a run at a time of day on 2026-09-14, "12:10:30", over "log", into "out"; without pictures.
std::vector<std::string> at(const std::string& time);
// While the log is written; and when it has ended long ago, so that all of its minutes are complete.
inline const std::vector<std::string> kRun = at("12:10:30");
inline const std::vector<std::string> kLast = at("15:59:00");

// What one run over the whole log stores.
std::map<std::string, std::string> whole(const std::string& log);

// A log of which a run has seen the beginning, and that has been rotated and written to since. In all it is
// busy_log(0, 130).
class RotatedLog {
 public:
  RotatedLog();
  void forget_later_runs() const;
  const ScratchDirectory& directory() const { return directory_; }

 private:
  ScratchDirectory directory_;
};

// Makes the last run, and fails the test where it does not leave these archives, or leaves anything else.
void check_next_run(const ScratchDirectory& directory, const std::map<std::string, std::string>& expected);

}  // namespace milter_manager::log_analyzer
