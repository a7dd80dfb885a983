// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace milter_manager::report {

// A time as milter-greylist writes it, rounded to whole minutes: "10m", "12h", "3d", "1w".
std::string greylist_time(double seconds);

}  // namespace milter_manager::report
