// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// "milter-report mail QUEUE-ID|ADDRESS|MESSAGE-ID": what happened to this mail.
std::unique_ptr<Command> make_mail_command();

}  // namespace milter_manager::report
