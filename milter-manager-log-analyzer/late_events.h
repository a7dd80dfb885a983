// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/maillog/collector.h"
#include "milter-manager-log-analyzer/run.h"

namespace milter_manager::log_analyzer {

// Adds a sentence to the notes for each host and day, in few lines.
void note_by_day(const maillog::LinesByDay& lines, std::string_view what, Outcome& outcome);

// Events of minutes that had been closed and stored before they were read. A few are a matter of --lateness, and a note.
// A log that is read after others have closed its minutes is work not done, and a failure: the logs of all hosts belong
// into one run. So is a clock that has been set back.
class LateEvents {
 public:
  // To be made of what the run before left.
  LateEvents(const maillog::ReadState& before, std::chrono::sys_seconds now);
  // To be called when the logs are read.
  void report(const maillog::Collector& collector, Outcome& outcome) const;

 private:
  void report_clock(Outcome& outcome) const;

  std::set<std::string, std::less<>> known_hosts_;
  std::optional<std::int64_t> closed_;
  std::chrono::sys_seconds now_;
};

}  // namespace milter_manager::log_analyzer
