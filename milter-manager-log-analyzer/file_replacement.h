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
  // A link is replaced, not what it leads to: archive::file_behind() tells that.
  // Errors: the folder can't be written; what is there is no regular file.
  static Result<FileReplacement> open(const std::string& path);

  FileReplacement(FileReplacement&&) noexcept = default;
  FileReplacement& operator=(FileReplacement&&) = delete;
  ~FileReplacement();

  // Errors show at commit().
  void write(std::string_view text);

  enum class Lasting {
    now,   // the file and its name are on the disk when commit() returns
    soon,  // whenever the system likes: for what can be made again
  };
  // Gives it the name.
  Result<void> commit(Lasting lasting = Lasting::now);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  FileReplacement(const std::string& path, std::FILE* file);
  tl::unexpected<Error> failed(int error) const;

  std::string path_;
  std::string temporary_;
  std::unique_ptr<std::FILE, Close> file_;
  int write_error_ = 0;  // errno
};

}  // namespace milter_manager::log_analyzer
