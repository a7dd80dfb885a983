// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/maillog/byte_source.h"

namespace milter_manager::maillog {

// The oldest time in a log's first bytes, as Unix seconds: logs are read oldest first. None if there is no line with a
// time, or the source fails. `now` tells the year of stamps that have none.
// Cost: one read of 64 KiB.
std::optional<double> oldest_time(ByteSource& source, double now);

}  // namespace milter_manager::maillog
