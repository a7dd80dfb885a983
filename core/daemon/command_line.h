// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/value.h"

namespace milter_manager::daemon {

// What `milter-manager` was asked for.
struct CommandLine {
  std::optional<std::string> config_dir;  // absolute
  bool show_config = false;
  bool show_secrets = false;
  bool check_config = false;
  // Settings that win over the configuration files, also when these are read again.
  std::vector<std::pair<std::string, config::Value>> overrides;
  std::vector<std::string> warnings;

  // Set: nothing is to be started; print these and end.
  std::optional<int> exit_status;
  std::string standard_output;
  std::string standard_error;
};

// Reads the arguments. Values are checked here, so that a message starts with the option as it was typed:
//
//   -s: spec doesn't have colon: <X>
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace milter_manager::daemon
