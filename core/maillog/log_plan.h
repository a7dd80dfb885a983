// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/maillog/log_file.h"
#include "core/maillog/read_state.h"

namespace milter_manager::maillog {

// A file to be read, and from where.
struct LogPiece {
  LogFile file;
  FileState from;         // path: the log's; offset 0 for a file that is new
  bool may_grow = false;  // whether a last line without an end may still get it
  bool keep = false;      // whether the next run wants to know of it
};

struct LogPlan {
  std::vector<LogPiece> pieces;    // those of one log: oldest first
  std::vector<FileState> kept;     // of logs that are not read this time
  std::vector<std::string> notes;  // sentences
  std::vector<std::string> gaps;   // sentences: what may be missing
};

// Finds out what is new in logs, whatever has become of the files since the run before:
//
//   grown                      goes on where that run ended
//   renamed, another begun     the renamed file first, by its inode; then those that came and went in
// between, then the new one
//   renamed and packed         the same, by its contents
//   copied and truncated       the copy first, by its contents
//   the same log twice         the second is left out, with a note
//   asked for by another name  as before: it is known by its inode and contents, and has that name from then on
//   rotated to another folder  is told in `gaps`; found there if that file is asked for, too
//   gone, cut short, replaced  what there is; and a sentence in `gaps`
//
// A renamed file is looked at until the next is renamed: the logger may still write to it. Renamed files are
// looked for beside the log, under the names of rotated_logs(). A log that has never been read is read as it
// is, without
// older files.
// Each piece's file is open until the plan ends, however many there are: the process's limit of open files is raised as
// far as it may be. What can't be opened all the same is a gap.
// Cost: two small reads a file, and a search of the folder where a file is not found under its name; packed
// files
// are unpacked only where they begin as the one that is searched.
LogPlan plan_reading(const std::vector<std::string>& paths, const std::vector<FileState>& known);

}  // namespace milter_manager::maillog
