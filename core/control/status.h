// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/config/configuration.h"
#include "core/supervision/snapshot.h"

namespace milter_manager::control {

// The reply to get-status: one JSON object, as share/doc/control.md describes it. `now`: Unix time.
std::string status_json(const supervision::Snapshot& snapshot, const config::Configuration& configuration,
                        const std::string& version, double now);

}  // namespace milter_manager::control
