// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/result.h"

namespace milter_manager::daemon {

// Running in the background. A process with threads or Ruby can't be forked and go on, so the program is started once
// more with the same arguments: the first process waits until the second one serves, or has told on their common
// standard error why it doesn't, and ends with the status that this deserves.

// In the first process: starts the second and waits for it. Returns the exit status.
Result<int> run_in_background(char* const* argv);

// In the second one.
class Background {
 public:
  // Whether this process is the second one; if so, it leaves the terminal's session. Call it once, before
  // anything is started.
  static Background detect();
  // One that has gone over to another role (role.h), in the background already; `ready` is what descriptor() was.
  static Background inherited(int ready);
  bool is_background() const { return background_; }
  // Where the first process waits for word; -1 in the foreground.
  int descriptor() const { return ready_; }
  // Tells the first process that it may end, and lets go of the working directory and of standard input, output and
  // error. No effect in a process that is in the foreground.
  Result<void> ready();
  // The letting go alone: of a process that was started before the first one has ended.
  static Result<void> let_go();

 private:
  bool background_ = false;
  int ready_ = -1;
};

}  // namespace milter_manager::daemon
