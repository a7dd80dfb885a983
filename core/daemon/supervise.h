// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/daemon/background.h"
#include "core/daemon/role.h"
#include "core/log/logger.h"
#include "core/net/descriptor.h"
#include "core/supervision/evaluation.h"

namespace milter_manager::daemon {

// Goes over from the process that has evaluated the configuration to a supervisor: the same process with a new image of the same
// program, without Ruby. Comes back only when that fails, with the reason.
std::string become_supervisor(const Role& role, const supervision::Evaluation& evaluation,
                              const Background& background, std::vector<net::Descriptor> sockets,
                              char* const* argv);

// What the new image does, to its end. Returns the exit status.
int supervise(const Role& role, char* const* argv);

}  // namespace milter_manager::daemon
