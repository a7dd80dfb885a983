// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/maillog/read_state.h"

namespace milter_manager::log_analyzer {

// How far the logs have been read: the file ".milter-manager-log-analyzer.state" in the output directory.
// An empty state where there is no such file; an error where it can't be read or is damaged.
Result<maillog::ReadState> load_state(const std::string& directory);

// Replaces it at once, and returns when it is on the disk. To be called when the archives are.
Result<void> save_state(const std::string& directory, const maillog::ReadState& state);

}  // namespace milter_manager::log_analyzer
