// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/result.h"

namespace milter_manager::archive {

// What is wrong with the head of the RRD file at `path`: none where it is sound. Looks at every number by which
// librrd later computes a position, since it trusts them: one wrong row pointer makes it write outside the file's
// mapping. Values are not looked at. Errors: not there, not readable, no plain file.
// Cost: reads the head, some 10 kB.
Result<std::optional<std::string>> find_head_damage(const std::string& path);

}  // namespace milter_manager::archive
