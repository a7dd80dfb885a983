// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// "milter-report evaluation": what a milter in evaluation would have done, and whether it may be enforced.
std::unique_ptr<Command> make_evaluation_command();

}  // namespace milter_manager::report
