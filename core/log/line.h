// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/log/level.h"
#include "core/log/time_text.h"

namespace milter_manager::log {

struct Location {
  const char* file = "";
  int line = 0;
  const char* function = "";

  // As a default argument: where the call is.
  static constexpr Location here(const char* its_file = __builtin_FILE(), int its_line = __builtin_LINE(),
                                 const char* its_function = __builtin_FUNCTION()) {
    return {its_file, its_line, its_function};
  }
};

// One thing to be logged, with what a line may show of it.
struct Entry {
  Level level = Level::message;
  std::string_view message;
  Location location;
  std::chrono::system_clock::time_point time;
  std::string_view program;  // "milter-manager"
  int pid = 0;
};

// Appends the entry as a line of a file or a terminal, with the line end:
//
//   [2026-01-02T03:04:05.678901Z]: MESSAGE
//   [warning][milter-manager][2026-01-02T03:04:05.678901Z] [milter-manager] core/proxy/server.cc:12:
//   listen(): MESSAGE
//
// Control bytes of the message are written as \xHH: an entry is one line, whoever chose the message's words.
void format_line(const Entry& entry, ItemSet items, bool colored, TimeText& times, std::string& out);

// Appends the entry as a message to /dev/log (RFC 3164, as syslog(3) sends it), without a line end:
//
//   <21>Jan  2 03:04:05 milter-manager[7]: [statistics] [session][end]…
//
// The time is local. Statistics have that prefix, other levels none. Cut at 64 KiB.
void format_syslog(const Entry& entry, int facility, TimeText& times, std::string& out);

// The <syslog.h> code of "mail", "local0", … in any case; LOG_MAIL for other names.
int facility_of(std::string_view name);
// LOG_ERR for errors and so on; statistics are LOG_NOTICE, as messages are.
int priority_of(Level level);

}  // namespace milter_manager::log
