// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::log_analyzer {

// A file that is written piece by piece beside the one whose place it takes: readers see the old one or the whole new
// one. Without commit() nothing changes.
class FileReplacement {
 public:
  // Errors: the folder can't be written; `path` is there and is no regular file (a link is followed).
  static Result<FileReplacement> open(const std::string& path);

  FileReplacement(FileReplacement&&) noexcept = default;
  FileReplacement& operator=(FileReplacement&&) = delete;
  ~FileReplacement();

  // Errors show at commit().
  void write(std::string_view text);
  // Makes it last, then gives it the name.
  Result<void> commit();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  FileReplacement(std::string path, std::FILE* file);
  tl::unexpected<Error> failed() const;

  std::string path_;
  std::string temporary_;
  std::unique_ptr<std::FILE, Close> file_;
  bool is_written_ = true;
};

}  // namespace milter_manager::log_analyzer
