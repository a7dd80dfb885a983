// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/detect/shell.h"

namespace milter_manager::detect {

// NAME.service, with its drop-ins (systemd.unit(5)).
struct SystemdUnit {
  std::string file;
  bool masked = false;
  bool wanted = false;  // some target's .wants or .requires has it
  std::optional<Setting> description;
  std::optional<Setting> start;  // ExecStart, variables of its environment expanded
  Shell environment;             // Environment and EnvironmentFile
};

// nullopt: it is not installed.
std::optional<SystemdUnit> read_systemd_unit(Files& files, const std::string& name);

}  // namespace milter_manager::detect
