// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/net/descriptor.h"
#include "core/result.h"

namespace milter_manager::launcher {

// A command that was started.
struct Started {
  pid_t pid = 0;
  net::Descriptor output;  // both ends of which nobody waits at: non-blocking, close-on-exec
  net::Descriptor complaints;
};

// Starts a program as a user, away from our terminal, with nothing of ours open: standard input is /dev/null. `words` is what it
// is called with; words[0] is its path, which is not looked up anywhere. `user` "" is our own.
//
// The process must have one thread only: between fork and exec the user is changed, which posix_spawn can't do.
// The error says what could not be done: "No password entry: <USER>", "Permission denied".
Result<Started> start(const std::vector<std::string>& words, const std::string& user);

}  // namespace milter_manager::launcher
