// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logger.h"

namespace milter_manager::daemon {

// As long as it lives, a process that gets no more memory says so in the log, and ends at once, with SIGABRT: half of what it was doing is done, so
// another one is to take its place (the supervisor's next worker; Restart= of the unit). One in a process; the logger must outlive it.
class EndWhenOutOfMemory {
 public:
  explicit EndWhenOutOfMemory(log::Logger& logger);
  ~EndWhenOutOfMemory();
  EndWhenOutOfMemory(const EndWhenOutOfMemory&) = delete;
  EndWhenOutOfMemory& operator=(const EndWhenOutOfMemory&) = delete;
};

}  // namespace milter_manager::daemon
