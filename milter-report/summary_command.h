// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// "milter-report summary": what happened.
std::unique_ptr<Command> make_summary_command();

}  // namespace milter_manager::report
