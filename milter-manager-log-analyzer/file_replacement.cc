// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/file_replacement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace milter_manager::log_analyzer {

namespace fs = std::filesystem;

Result<FileReplacement> FileReplacement::open(const std::string& path) {
  std::error_code error;
  std::string real = path;
  if (fs::exists(path, error)) {
    if (!fs::is_regular_file(path, error))
      return failure(fmt::format("cannot write {}: it is no regular file", path));
    real = fs::canonical(path, error).string();
    if (error) return failure(fmt::format("cannot write {}: {}", path, error.message()));
  }
  const std::string temporary = real + ".new";
  // A temporary file of a killed run, or a link that somebody put there, is not written through.
  ::unlink(temporary.c_str());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  std::FILE* const file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (file == nullptr) {
    auto failed = failure(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    if (descriptor >= 0) ::close(descriptor);
    return failed;
  }
  return FileReplacement(std::move(real), file);
}

FileReplacement::FileReplacement(std::string path, std::FILE* file)
    : path_(std::move(path)), temporary_(path_ + ".new"), file_(file) {}

FileReplacement::~FileReplacement() {
  if (file_) ::unlink(temporary_.c_str());
}

void FileReplacement::write(std::string_view text) {
  is_written_ = is_written_ && std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
}

tl::unexpected<Error> FileReplacement::failed() const {
  return failure(fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

Result<void> FileReplacement::commit() {
  if (!is_written_ || std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0 ||
      ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return failed();
  }
  file_.reset();
  return {};
}

}  // namespace milter_manager::log_analyzer
