// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {

// The system calls that change files: write, pwrite, ftruncate, rename, link, unlink, mkdir, fsync, msync and the like.
struct TracedRun {
  bool was_killed = false;
  int status = 0;           // where it was not
  std::uint64_t calls = 0;  // that change files
  std::string errors;
};

// What happens instead of one of these calls.
struct Accident {
  std::uint64_t at = 0;  // 1: the first; 0: none
  int error = 0;         // the call fails with this; 0: SIGKILL
  bool from_then_on =
      false;  // so do all later ones that need room on the disk: write, pwrite, ftruncate, mkdir, open
};

// Runs the analyzer in the directory, in UTC, with an accident on its way.
TracedRun analyze_with(const Accident& accident, const ScratchDirectory& directory,
                       const std::vector<std::string>& arguments);

}  // namespace milter_manager::log_analyzer
