// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/net/loop.h"
#include "core/result.h"

namespace milter_manager::net {

// A program to be started.
struct Program {
  std::string path;
  std::vector<std::string> arguments;    // the first one is the name by which it is shown
  std::vector<std::string> environment;  // "NAME=value", all of it
  // Descriptors of ours and the numbers that it is to have them under, beside standard input, output and error, which it shares.
  // Everything else must be close-on-exec, and mostly is.
  std::vector<std::pair<int, int>> descriptors;
};

// Starts it, with no signal blocked or ignored.
Result<pid_t> start_program(const Program& program);

// Waits on a loop for a child process's end, without SIGCHLD: Ruby may need that.
class ChildProcess {
 public:
  // As waitpid() gives it; -1: somebody else has waited for it. Called once; may destroy the object.
  using Ended = std::function<void(int status)>;

  // `pid` is a child of this process that nobody has waited for.
  ChildProcess(Loop& loop, pid_t pid, Ended ended);
  // Forgets it: it stays a zombie when it ends, until we end.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const;
  // Nothing once it has ended.
  void signal(int number) const;

 private:
  struct State;
  State* state_;  // lives until libuv has closed the handle
};

// "exit status 1", "signal 9 (Killed)", "an end that nobody saw"
std::string describe_end(int status);

}  // namespace milter_manager::net
