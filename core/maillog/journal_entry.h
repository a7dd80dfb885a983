// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace milter_manager::maillog {

// What a log line would show of an entry of the systemd journal (systemd.journal-fields(7)). Filled field by
// field, in
// any order; used again for the next entry, so that strings keep their memory.
struct JournalEntry {
  std::int64_t microseconds = 0;  // Unix time; 0: no field told it
  std::string host;               // _HOSTNAME
  std::string program;            // SYSLOG_IDENTIFIER, else _COMM
  std::uint32_t pid = 0;          // SYSLOG_PID, else _PID
  std::string text;               // MESSAGE
  bool text_left_out = false;     // there is a MESSAGE, but the source does not show it

  // Whether set() has a use for fields of that name.
  static bool wants(std::string_view name);
  // Values that make no sense count as missing.
  void set(std::string_view name, std::string_view value);
  void clear();

 private:
  // By whom the time, the program and the pid were told: journald itself knows less well than the sender.
  bool time_of_sender_ = false;
  bool program_of_sender_ = false;
  bool pid_of_sender_ = false;
};

}  // namespace milter_manager::maillog
