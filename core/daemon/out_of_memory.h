// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logger.h"

namespace milter_manager::daemon {

// As long as it lives, a process that gets no more memory says so in the log if it can, and ends within two seconds, with SIGABRT:
// half of what it was doing is done, so another one is to take its place (the supervisor's next worker; Restart= of the unit).
// It can't where memory ends in the middle of logging. One in a process; the logger must outlive it. Takes SIGALRM at that end.
class EndWhenOutOfMemory {
 public:
  explicit EndWhenOutOfMemory(log::Logger& logger);
  ~EndWhenOutOfMemory();
  EndWhenOutOfMemory(const EndWhenOutOfMemory&) = delete;
  EndWhenOutOfMemory& operator=(const EndWhenOutOfMemory&) = delete;
};

}  // namespace milter_manager::daemon
