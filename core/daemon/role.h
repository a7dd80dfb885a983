// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/net/child_process.h"

namespace milter_manager::daemon {

// What a process of the manager is there for. They are all the same program: which one it is to be stands in its environment when another
// process of the manager starts it, and is forgotten there at once.
struct Role {
  enum class Kind : std::uint8_t {
    main,        // started by a person; serves, or goes over to `supervisor`
    supervisor,  // the same process still, with another image: without Ruby
    worker,
    evaluator,  // reads the configuration for the supervisor, and ends
    launcher,   // keeps root's rights, to start milters' commands
  };
  Kind kind = Kind::main;
  std::uint32_t worker = 0;  // 1 to n_workers
  std::uint32_t n_workers = 0;
  bool background = false;
  bool started_by_root = false;  // the main process was, whoever this one is
  // Of workers and evaluators: where the main process was started, which relative names on the command line are of. A main process in
  // the background has left it.
  std::string directory;
  // Of the supervisor: descriptors that it begins with; -1, empty: none.
  int evaluation = -1;  // a file with the Evaluation
  int ready = -1;       // see background.h
  std::vector<int> sockets;
};

// Of this process. Call it once, first of all.
Role take_role();

// Our own program in another role, for core/net/child_process.h: the very file that runs here, whatever the package manager has
// put in its place meanwhile. `argv` is this process's.
net::Program own_program(const Role& role, char* const* argv);

// Goes over to that role; comes back only when that fails, with the error. Descriptors that the role names stay open.
std::string become_role(const Role& role, char* const* argv);

inline constexpr const char* kOwnProgram = "/proc/self/exe";

}  // namespace milter_manager::daemon
