// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::launcher {

// Splits a command line into its words as a POSIX shell quotes them: blanks part words, 'single' quotes keep all, "double" quotes keep
// all but \" \\ \$ \` and a backslash before a line's end, a backslash keeps the next character, # begins a comment. Nothing is
// expanded: there are no variables, patterns, or commands in it.
//
//   split("a 'b c' d\\ e")   ->  a, b c, d e
//   split("a 'b")            ->  error: the quote ' is not closed
Result<std::vector<std::string>> split(std::string_view command_line);

}  // namespace milter_manager::launcher
