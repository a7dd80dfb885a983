// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/config/configuration.h"

namespace milter_manager::control {

// The reply to get-configuration: conditions and milters, in the form that milter-manager.custom.conf may have.
// `last_modified`: Unix time of that file, where there is one.
std::string configuration_xml(const config::Configuration& configuration,
                              std::optional<std::int64_t> last_modified);

// The text as XML's; what XML 1.0 can't hold at all (control bytes, broken UTF-8) becomes U+FFFD.
std::string xml_text(std::string_view text);

}  // namespace milter_manager::control
