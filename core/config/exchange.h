// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/check.h"
#include "core/config/configuration.h"
#include "core/result.h"

namespace milter_manager::config {

// A Configuration on its way to another process of the manager, as bytes (CBOR): the settings, the conditions by name,
// description and stages, the milters, and where all was set. Not what only those processes need that serve mail and evaluate it
// themselves: built-in conditions' lists, accounts, the generation.
//
//   decode(encode(configuration))   the same settings, milters and locations
//
// Decoding trusts nothing: values pass the same rules as a configuration file's.
std::string encode(const Configuration& configuration);
Result<Configuration> decode(std::string_view bytes);

// The same for what was found wrong in one.
std::string encode(const std::vector<Problem>& problems);
Result<std::vector<Problem>> decode_problems(std::string_view bytes);

}  // namespace milter_manager::config
