// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "core/config/configuration.h"
#include "core/launcher/message.h"

namespace milter_manager::launcher {

// The commands of enabled milters, by the milters' names; none without security.privilege_mode.
std::map<std::string, Command> commands_of(const config::Configuration& configuration);

}  // namespace milter_manager::launcher
