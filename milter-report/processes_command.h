// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// Looks at processes again and again: memory, CPU, descriptors, threads. Prints as it goes, or stores in archives.
std::unique_ptr<Command> make_processes_command();

}  // namespace milter_manager::report
