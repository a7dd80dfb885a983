// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/hosts.h"
#include "core/maillog/minutes.h"
#include "core/maillog/processes.h"
#include "core/result.h"

namespace milter_manager::maillog {

// How far a log file has been read. Offsets count unpacked bytes.
struct FileState {
  std::string path;             // under which it was given; it may have another by now
  std::uint64_t device = 0;     //
  std::uint64_t inode = 0;      // } as they were
  std::uint64_t size = 0;       //
  std::int64_t modified = 0;    // nanoseconds
  std::uint64_t offset = 0;     // bytes that are done with
  std::uint64_t head_size = 0;  // what the file begins with
  std::uint64_t head = 0;       //
  std::uint64_t tail_size = 0;  // what stands before `offset`
  std::uint64_t tail = 0;       //
  bool in_line = false;         // `offset` is in the midst of a line that is too long
  bool finished = false;        // rotated: another file has taken its place
  bool operator==(const FileState&) const = default;
};

// All that a run leaves to the next, so that any number of runs count what one would have counted.
struct ReadState {
  std::vector<FileState> files;  // those of one path: oldest first
  std::string journal_cursor;    // empty: no journal has been read
  std::vector<HostState> hosts;
  std::vector<ProcessState> processes;
  SeriesTable rows;  // of minutes that are not complete
  std::vector<Maximum> maxima;
  SeriesTotals totals;                 // of all minutes that were stored
  std::optional<std::int64_t> closed;  // the newest minute that was stored: its first second, in Unix time
  std::optional<std::int64_t> first;   // the first minute that was ever counted
  bool operator==(const ReadState&) const = default;
};

// As text, a fact a line, with a checksum. from_text(to_text(s)) == s.
std::string to_text(const ReadState& state);

// Error: the text is of another version, damaged or cut. Nothing in a text, whoever wrote it, does harm.
Result<ReadState> from_text(std::string_view text);

}  // namespace milter_manager::maillog
