// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::control {

inline constexpr std::string_view kCustomFile = "milter-manager.custom.conf";

// Puts `text` into milter-manager.custom.conf in the first of the folders where that is possible; gives its path. Whoever
// reads the file meanwhile sees the old text or the new one, whole. A new file is readable by its owner alone. Waits for the disk:
// not on a loop's thread.
Result<std::string> save_custom_file(const std::vector<std::string>& folders, std::string_view text);

// Unix time when the first of these files was changed last; none where there is no such file.
std::optional<std::int64_t> custom_file_changed_at(const std::vector<std::string>& folders);

}  // namespace milter_manager::control
