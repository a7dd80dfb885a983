// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// "milter-report check": one line and an exit status for Nagios and those who speak its language.
std::unique_ptr<Command> make_check_command();

}  // namespace milter_manager::report
