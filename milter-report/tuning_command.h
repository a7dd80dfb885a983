// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// "milter-report tuning spamd|greylist|NAME": how many children, which delay.
std::unique_ptr<Command> make_tuning_command();

}  // namespace milter_manager::report
