// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/commands.h"

namespace milter_manager::launcher {

std::map<std::string, Command> commands_of(const config::Configuration& configuration) {
  std::map<std::string, Command> commands;
  if (!configuration.security.privilege_mode) return commands;
  for (const config::Milter& milter : configuration.milters) {
    if (!milter.enabled || !milter.command) continue;
    Command command{*milter.command, milter.user_name.value_or("")};
    if (milter.command_options && !milter.command_options->empty())
      command.line += " " + *milter.command_options;
    commands.emplace(milter.name, std::move(command));
  }
  return commands;
}

}  // namespace milter_manager::launcher
