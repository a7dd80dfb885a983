// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::detect {

// The words that a shell would make of it, without expanding anything.
std::vector<std::string> words_of_command(std::string_view text);

// The value of the last `-x VALUE`, `-xVALUE`, `--long VALUE` or `--long=VALUE` of a command's arguments; nullopt: none, or one that begins
// with $. `long_name` may be empty.
std::optional<std::string> flag_value(std::string_view arguments, char flag, std::string_view long_name = {});

}  // namespace milter_manager::detect
