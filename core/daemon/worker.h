// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/daemon/config_source.h"
#include "core/daemon/role.h"
#include "core/log/logger.h"
#include "core/ruby/interpreter.h"

namespace milter_manager::daemon {

// Serves as a worker of the supervisor at the other end of supervision::kChannelDescriptor, until that one tells it to stop
// or has gone. Returns the exit status.
//
// `early` is what the configuration's Ruby logs before there is a logger: it is logged when there is one.
using EarlyLines = std::vector<std::pair<std::string, std::string>>;
int serve_as_worker(const Role& role, ruby::Interpreter& interpreter, ConfigSource& source,
                    std::optional<log::Logger>& logger, const EarlyLines& early);

// Reads the configuration, writes what comes of it to supervision::kEvaluationDescriptor, and returns the exit status.
int evaluate_for_supervisor(ConfigSource& source);

}  // namespace milter_manager::daemon
