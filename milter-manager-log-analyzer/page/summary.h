// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter-manager-log-analyzer/output_directory.h"
#include "milter-manager-log-analyzer/window.h"

namespace milter_manager::log_analyzer {

// What became of messages; of connections, where the log is of an old version that tells of no messages.
struct Outcomes {
  double all = 0;       // the sum of all below
  double accepted = 0;  // pass and accept
  double rejected = 0;
  double deferred = 0;  // temporary failures
  double discarded = 0;
  double quarantined = 0;
  double aborted = 0;  // by the client, or by an error
  // Of a milter besides:
  double asked = 0;    // all but the aborted
  double stopped = 0;  // that conditions kept from it
  double failed = 0;   // that it failed on; what its fallback made of them is counted above
};

// What a milter in evaluation answered, and nobody heeded.
struct Trial {
  double messages = 0;  // that it saw
  double rejected = 0;  // of these, those that it would have rejected, or discarded
  double deferred = 0;
  double quarantined = 0;
  double rejected_recipients = 0;
  double deferred_recipients = 0;
};

struct MilterSummary {
  std::string name;         // as it is to be shown; from the log
  std::string safe_milter;  // as in the archives' file names
  std::optional<Outcomes> outcomes;
  std::optional<Trial> trial;
};

// One stretch of time: "now", "today", "yesterday" or "week".
struct PeriodSummary {
  std::string_view tag;
  std::chrono::sys_seconds from;
  std::chrono::sys_seconds to;
  bool of_messages = false;         // else of connections
  std::optional<Outcomes> manager;  // none: nothing is known of that time
  std::vector<MilterSummary> milters;
  std::optional<double>
      lost;  // statistics lines that never arrived; none: the log's manager does not count them
};

struct Summary {
  std::optional<std::chrono::sys_seconds>
      newest;  // the end of the newest minute of any archive; none without archives
  std::vector<PeriodSummary> periods;
};

// The last minutes of which something is known count as now, if they are not much older.
inline constexpr std::chrono::minutes kNow{15};
inline constexpr std::chrono::minutes kFresh{60};

// The end of the newest minute of any archive that can be read.
std::optional<std::chrono::sys_seconds> newest_end(const std::string& directory,
                                                   const std::vector<ArchiveFile>& archives);

// Reads the archives of messages, connections, evaluation and health. What can't be read is left out, and is a sentence
// in `failures`. Cost: half a millisecond an archive.
Summary read_summary(const std::string& directory, const std::vector<ArchiveFile>& archives, Present present,
                     std::vector<std::string>& failures);

}  // namespace milter_manager::log_analyzer
