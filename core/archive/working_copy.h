// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

namespace milter_manager::archive {

// Where an archive is changed before the change takes its place: "DIR/.session.rrd.new" for "DIR/session.rrd", on the
// same file system. Nobody else looks there.
std::string working_path(const std::string& path);

// The file that a path leads to: a copy is to take the place of the file, not of a link to it. The path itself where it
// leads nowhere.
std::string file_behind(const std::string& path);

// Puts the file at working_path(path), once it is on the disk, in the place of `path`.
Result<void> replace_by_copy(const std::string& path);

// Removes what killed runs left in the directory: files at working paths, and what librrd was about to put there.
// Only for who has the directory for itself. Returns how many there were.
Result<std::size_t> remove_leftovers(const std::string& directory);

}  // namespace milter_manager::archive
