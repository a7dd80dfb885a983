// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/check.h"
#include "core/log/logger.h"
#include "core/log/settings.h"
#include "core/ruby/interpreter.h"

namespace milter_manager::daemon {

// Messages to the person who starts the manager, on standard error: "FILE:LINE: error: message".
void tell(std::string_view message);
void tell(const std::vector<config::Problem>& problems);

// The errors, one a line: "FILE:LINE: message".
std::string errors_of(const ruby::LoadOutcome& outcome);

// Messages of a manager that serves: the same, into the log.
void log_problems(log::Logger& logger, const std::vector<config::Problem>& problems);
// For what configuration files log. `level` is a level's name.
void log_named(log::Logger& logger, std::string_view level, std::string_view text);

// How a configuration wants things logged; what the environment says wins. `warnings` receives what is wrong there.
log::Settings log_settings(const config::Configuration& configuration, bool in_background,
                           std::vector<std::string>& warnings);

}  // namespace milter_manager::daemon
