// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/config/check.h"
#include "core/config/configuration.h"

namespace milter_manager::daemon {

// What the configuration asks for and this program does not do, as warnings: nobody shall rely on it.
std::vector<config::Problem> not_served(const config::Configuration& configuration);

}  // namespace milter_manager::daemon
