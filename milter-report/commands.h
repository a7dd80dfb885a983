// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "milter-report/command.h"

namespace milter_manager::report {

// All subcommands, in the order of --help.
std::vector<std::unique_ptr<Command>> commands();

}  // namespace milter_manager::report
