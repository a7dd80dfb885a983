// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/daemon/command_line.h"
#include "core/daemon/installation.h"
#include "core/ruby/interpreter.h"

namespace milter_manager::daemon {

// Reads the configuration as this command line asks for it, at the start and again at each reload: which folders,
// which defaults, what wins over the files. On the main thread only.
class ConfigSource {
 public:
  // The interpreter must outlive it.
  ConfigSource(ruby::Interpreter& interpreter, const Installation& installation,
               const CommandLine& command_line);

  ruby::LoadOutcome load();

 private:
  // Not from a home directory if we were root at the start: its owner would run Ruby as root; and a reload after
  // root's rights were given up reads what the start read.
  std::string custom_folder(const config::Configuration& configuration) const;
  // The first milter-manager.custom.conf in the folders, into options_; why one is left out.
  std::vector<config::Problem> find_custom_file();

  ruby::Interpreter& interpreter_;
  ruby::LoadOptions options_;
  std::size_t n_own_folders_ = 0;
  const bool started_by_root_;
};

}  // namespace milter_manager::daemon
