// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/config/configuration.h"

namespace milter_manager::config {

// The configuration before any file has been read: what the members of Configuration say, with what the
// builder of the package chose and with what depends on `platform` (nullopt: unknown).
Configuration default_configuration(const std::optional<std::string>& platform);

// The platform the package was built for, else the one we run on.
std::optional<std::string> current_platform();

// "a=b, c = d" as in package.options: split at commas and at the first equals sign, spaces around removed.
// A part without an equals sign has the value "".
std::map<std::string, std::string> parse_options(std::string_view text);

}  // namespace milter_manager::config
