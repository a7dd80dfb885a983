// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/archive/layout.h"
#include "core/result.h"

namespace milter_manager::log_analyzer {

// Makes `path` and what is above it, where it is missing.
Result<void> make_directory(const std::string& path);

// Keeps two runs on one directory apart, as long as the object lives. The lock is the kernel's: it goes with the
// process, however that ends. The file ".milter-manager-log-analyzer.lock" stays.
class DirectoryLock {
 public:
  // Error: another run has it; the directory can't be written.
  static Result<DirectoryLock> take(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Writes a file so that a reader sees the old contents or the new, never a part. A file that holds `contents` already
// is left untouched, and with it its time, so that browsers need not load it again.
Result<void> replace_file(const std::string& path, std::string_view contents);

// One archive in a directory.
struct ArchiveFile {
  std::string file_name;  // "milter.status.clamav-milter.rrd"
  archive::FileName what;

  // "milter.status.clamav-milter"
  std::string stem() const;
};

// The archives in a directory, in the order of their kinds, then of their names.
Result<std::vector<ArchiveFile>> list_archives(const std::string& directory);

}  // namespace milter_manager::log_analyzer
