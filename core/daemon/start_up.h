// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/config/configuration.h"
#include "core/log/logger.h"
#include "core/net/descriptor.h"
#include "core/result.h"
#include "core/supervision/listening_sockets.h"

namespace milter_manager::daemon {

// What a main process does between its configuration and the first byte from the network, in this order: the limit of open
// files, whom to become, the listening sockets, root's rights given up (groups, then the user, verified), the log.
//
// `inherited`: sockets that the service manager has opened; none: they are opened as configured. Makes the logger, as whoever it is to
// belong to in the end. Warnings go to standard error.
Result<supervision::ListeningSockets> start_up(const config::Configuration& configuration,
                                               std::vector<net::Descriptor> inherited, bool in_background,
                                               std::optional<log::Logger>& logger);

}  // namespace milter_manager::daemon
