// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "test/archive/scratch.h"

namespace milter_manager::log_analyzer {

using archive::ScratchDirectory;
using archive::write_file;

struct Finished {
  int status = 0;
  std::string output;
  std::string errors;
};

// Runs the installed program's twin with these shell words, in UTC, `input` being its standard input.
Finished analyze(const ScratchDirectory& directory, const std::string& arguments,
                 const std::string& input = {});

// A sample log, decompressed.
std::string sample(const std::string& name);

// A log of ISO stamps on 2026-09-14: each pair a time of day and an event.
std::string log_of(const std::vector<std::pair<std::string, std::string>>& lines);

// The files below a directory: name and contents. The lock file and the state are left out.
std::map<std::string, std::string> files_in(const std::string& path);

}  // namespace milter_manager::log_analyzer
