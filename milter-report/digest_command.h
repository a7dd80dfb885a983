// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "milter-report/command.h"

namespace milter_manager::report {

// "milter-report digest": the week in a mail.
std::unique_ptr<Command> make_digest_command();

}  // namespace milter_manager::report
