// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/maillog/journal_entry.h"
#include "core/maillog/line_reader.h"

namespace milter_manager::maillog {

// Reads entries in the Journal Export Format, as `journalctl -o export` writes it and systemd-journal-remote
// sends it:
// fields "NAME=VALUE\n", or "NAME\n", the value's length in 64 bits (little endian), the value, "\n"; an
// empty line behind
// each entry.
//
// Memory: of a value at most kMaximumValue bytes are kept, the rest is passed over.
class JournalExport {
 public:
  static constexpr std::size_t kMaximumValue = LineReader::kMaximumLine;

  enum class Outcome : std::uint8_t {
    entry,
    malformed,   // something that is no field; the reader stands behind the next empty line
    unfinished,  // the source ends in an entry, or fails
    end,
  };

  // Whether a source that begins with this line is in the format: its lines are no log lines then.
  static bool is_field(std::string_view first_line);

  // `lines` must outlive the object.
  explicit JournalExport(LineReader& lines) : lines_(lines) {}

  Outcome next(JournalEntry& entry);
  // The same, where the entry's first line has been read already.
  Outcome next(Line first, JournalEntry& entry);

 private:
  enum class Step : std::uint8_t { field, done, malformed, unfinished };
  Step take(const Line& line, JournalEntry& entry);
  Outcome skip_entry();

  LineReader& lines_;
  std::string name_, value_;
};

}  // namespace milter_manager::maillog
