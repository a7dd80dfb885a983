// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// "milter-report compare A B": what differs between two periods, hosts or groups, by more than chance.
std::unique_ptr<Command> make_compare_command();

}  // namespace milter_manager::report
