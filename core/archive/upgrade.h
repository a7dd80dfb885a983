// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/archive/layout.h"
#include "core/result.h"

namespace milter_manager::archive {

// Adds the rows to an archive of the original that new archives have besides: minutes for 2 days, days for 10 years.
// All that the file holds stays as it is, to the last bit; the new rows are unknown, and begin to fill with the next
// update. The first day is unknown if more than half of it has passed.
//
// The changed copy takes the file's place when it is on the disk: a kill leaves the one or the other. Returns what was
// added, "minutes for 2 days"; nothing where all is there, so to do it again does nothing.
// Errors: what Archive::open() calls an error, a disk that is full or can't be written.
Result<std::vector<std::string>> add_missing_rows(const std::string& path, const Layout& layout);

}  // namespace milter_manager::archive
