// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/result.h"

namespace milter_manager::archive {

// Files that are replaced so that whoever looks, at any time and after any crash, sees the old one or the new one.
//
//   copy_file(path, temporary);  …  sync_file(temporary);  rename_file(temporary, path);  sync_directory(directory);

// Makes `to` a copy of `from`, which must not be there yet: a clone where the file system can share blocks. Owner, group
// and mode are those of `from` as far as this process may set them. An unfinished copy is removed.
Result<void> copy_file(const std::string& from, const std::string& to);

// Waits until the file's bytes are on the disk, also those that were written through mapped memory.
Result<void> sync_file(const std::string& path);

// Puts a file in the place of another.
Result<void> rename_file(const std::string& from, const std::string& to);

// Waits until the names in a directory are on the disk.
Result<void> sync_directory(const std::string& path);

}  // namespace milter_manager::archive
