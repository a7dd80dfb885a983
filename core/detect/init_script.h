// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/detect/shell.h"

namespace milter_manager::detect {

// What the comment at the beginning of an init script says: "### BEGIN INIT INFO" (LSB), or chkconfig's. Keys as they are
// written ("Description", "config"), without case; lines that go on are put together.
std::optional<Setting> header_of_script(Files& files, const std::string& path, std::string_view key);

// "EXAMPLE Daemon" of the first of these that a script has.
std::optional<Setting> description_of_script(Files& files, const std::string& path);

}  // namespace milter_manager::detect
