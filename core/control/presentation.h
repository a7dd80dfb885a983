// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::control {

// What milter-managerctl shows of a get-status reply. An error: it is no such reply. What it can't find in it is left out, so
// that managers of other versions can be looked at.

// All of it, in lines that people read. `now`: Unix time.
Result<std::string> show_status(std::string_view status_json, double now);
// The milters alone.
Result<std::string> show_milters(std::string_view status_json, double now);
// What happened between two replies, as rates. `before` is "" the first time.
Result<std::string> show_rates(std::string_view status_json, std::string_view before, double seconds);

// "3 d 04:05:06", "04:05:06".
std::string duration_text(double seconds);
// "850 µs", "12 ms", "1.5 s"; "-" for none (negative).
std::string wait_text(double seconds);

}  // namespace milter_manager::control
