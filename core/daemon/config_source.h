// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/daemon/command_line.h"
#include "core/daemon/installation.h"
#include "core/ruby/interpreter.h"
#include "core/supervision/evaluation.h"

namespace milter_manager::daemon {

// Reads the configuration as this command line asks for it, at the start and again at each reload: which folders,
// which defaults, what wins over the files. On the main thread only.
class ConfigSource {
 public:
  // The interpreter must outlive it.
  // `started_by_root`: who started the manager, whoever we are by now. `keep_sources`: for evaluation_of().
  ConfigSource(ruby::Interpreter& interpreter, const Installation& installation,
               const CommandLine& command_line, bool started_by_root, bool keep_sources);

  ruby::LoadOutcome load();
  // What the last load() gave, with the files themselves, for other processes; and what one of these makes of them.
  supervision::Evaluation evaluation_of(const ruby::LoadOutcome& outcome) const;
  ruby::LoadOutcome replay(const supervision::ConfigurationFiles& files);
  void forget_sources() { options_.keep_sources = false; }
  // The folders in which load() has looked.
  const std::vector<std::string>& load_paths() const { return options_.load_paths; }

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
