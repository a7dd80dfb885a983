// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::condition {

// The first program of that name in `directories`; "" if there is none.
std::string find_program(std::string_view name, const std::vector<std::string>& directories);

// What a program writes to its standard output; without a shell, with nothing to read, its messages thrown away. `arguments` begin
// with the program's path. The error says what failed: no such program, exit status, too slow, too much.
// Waits: not on the loop's thread. Safe beside Ruby, which watches children of its own.
Result<std::string> output_of(const std::vector<std::string>& arguments, std::chrono::milliseconds timeout,
                              std::size_t most_bytes);

}  // namespace milter_manager::condition
