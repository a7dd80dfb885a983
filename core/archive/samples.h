// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"

namespace milter_manager::archive {

// Stores rows of what somebody looks at now and then: minutes between that no row tells of stay unknown. An archive that is missing
// begins with the first row. Minutes that it has already are skipped.
//
// The archive changes in a copy, which takes its place when it is on the disk: whoever looks, at any time and after any crash, sees the
// old one or the new one. Who stores keeps others that do so in this directory out.
// Returns what was done to the archive besides, a sentence each: a damaged one is set aside and begun anew, as prepare() does.
Result<std::vector<std::string>> store_samples(const std::string& path, const Layout& layout,
                                               std::span<const Row> rows);

}  // namespace milter_manager::archive
