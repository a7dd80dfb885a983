// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace milter_manager::maillog {

// Seconds of "X-Greylist: Delayed for 00:31:05 by milter-greylist"; none for other headers and texts.
std::optional<std::uint64_t> greylist_delay(std::string_view header, std::string_view value);

}  // namespace milter_manager::maillog
