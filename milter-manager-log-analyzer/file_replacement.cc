// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/file_replacement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/archive/durable_file.h"

namespace milter_manager::log_analyzer {

namespace fs = std::filesystem;

namespace {

// Beside the file, and no longer than names may be.
std::string temporary_name(const std::string& path) {
  constexpr std::size_t kLongestName = 255;
  constexpr std::string_view kSuffix = ".new";
  const std::size_t name = path.rfind('/') + 1;
  return path.substr(0, name + std::min(path.size() - name, kLongestName - kSuffix.size())) +
         std::string(kSuffix);
}

}  // namespace

Result<FileReplacement> FileReplacement::open(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_regular_file(path, error))
    return failure(fmt::format("cannot write {}: it is no regular file", path));
  FileReplacement replacement(path, nullptr);
  // A temporary file of a killed run, or a link that somebody put there, is not written through.
  ::unlink(replacement.temporary_.c_str());
  const int descriptor =
      ::open(replacement.temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) return replacement.failed(errno);
  replacement.file_.reset(::fdopen(descriptor, "w"));
  if (replacement.file_ == nullptr) {
    auto failed = replacement.failed(errno);
    ::close(descriptor);
    ::unlink(replacement.temporary_.c_str());
    return failed;
  }
  return replacement;
}

FileReplacement::FileReplacement(const std::string& path, std::FILE* file)
    : path_(path), temporary_(temporary_name(path)), file_(file) {}

FileReplacement::~FileReplacement() {
  if (file_) ::unlink(temporary_.c_str());
}

void FileReplacement::write(std::string_view text) {
  if (write_error_ != 0 || std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size()) return;
  write_error_ = errno;
}

tl::unexpected<Error> FileReplacement::failed(int error) const {
  return failure(fmt::format("cannot write {}: {}", path_, std::strerror(error)));
}

Result<void> FileReplacement::commit(Lasting lasting) {
  if (write_error_ != 0) return failed(write_error_);
  if (std::fflush(file_.get()) != 0) return failed(errno);
  if (lasting == Lasting::now && ::fsync(::fileno(file_.get())) != 0) return failed(errno);
  if (auto renamed = archive::rename_file(temporary_, path_); !renamed) return renamed;
  file_.reset();
  if (lasting == Lasting::soon) return {};
  const fs::path folder = fs::path(path_).parent_path();
  return archive::sync_directory(folder.empty() ? "." : folder.string());
}

}  // namespace milter_manager::log_analyzer
