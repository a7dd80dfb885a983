// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/pid_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace milter_manager::daemon {
namespace {

std::string own_line() { return fmt::format("{}\n", ::getpid()); }

}  // namespace

Result<PidFile> PidFile::create(const std::string& path) {
  const auto failed = [&](int error) {
    return failure(fmt::format("failed to save the process number: <{}>: {}", path, std::strerror(error)));
  };
  if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != EACCES && errno != EPERM)
    return failed(errno);
  // EACCES: the folder is root's, but the file may have been made for us to write.
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  const int descriptor = ::open(path.c_str(), flags, 0644);
  if (descriptor < 0) return failed(errno);
  const std::string line = own_line();
  const ssize_t written = ::write(descriptor, line.data(), line.size());
  const int error = written < 0 ? errno : ENOSPC;
  ::close(descriptor);
  PidFile file;
  std::error_code unknown;  // where we are: the path as it is will have to do
  file.path_ = std::filesystem::absolute(path, unknown).string();
  if (unknown) file.path_ = path;
  if (written != static_cast<ssize_t>(line.size())) return failed(error);
  return file;
}

PidFile::PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PidFile& PidFile::operator=(PidFile&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

PidFile::~PidFile() { remove(); }

void PidFile::remove() {
  if (path_.empty()) return;
  const std::string path = std::exchange(path_, {});
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  char content[32] = {};
  const ssize_t length = ::read(descriptor, content, sizeof(content) - 1);
  ::close(descriptor);
  // Another manager may have taken it over meanwhile.
  if (length > 0 && own_line() == std::string_view(content, static_cast<std::size_t>(length)))
    ::unlink(path.c_str());
}

}  // namespace milter_manager::daemon
