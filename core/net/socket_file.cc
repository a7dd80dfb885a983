// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/socket_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace milter_manager::net {
namespace {

// The path that it is bound to; "" for other families.
std::string path_of(int socket) {
  sockaddr_un address{};
  socklen_t length = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      address.sun_family != AF_UNIX)
    return {};
  const std::string path(address.sun_path, strnlen(address.sun_path, sizeof address.sun_path));
  if (path.empty()) return {};
  // The working directory may be another one when it is to be removed.
  std::error_code unknown;
  const auto whole = std::filesystem::absolute(path, unknown);
  return unknown ? path : whole.string();
}

std::optional<std::pair<dev_t, ino_t>> file_at(const std::string& path) {
  struct stat status {};
  if (path.empty() || lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return {};
  return std::pair(status.st_dev, status.st_ino);
}

}  // namespace

SocketFile::SocketFile(int socket) : path_(path_of(socket)), file_(file_at(path_)) {}

void SocketFile::remove() {
  const auto file = std::exchange(file_, std::nullopt);
  if (file && file_at(path_) == file) ::unlink(path_.c_str());
}

Descriptor open_socket_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return file;
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return Descriptor();
  if (S_ISSOCK(status.st_mode)) return file;
  file = Descriptor();
  errno = ENOTSOCK;
  return file;
}

bool set_owner(const Descriptor& file, uid_t user, gid_t group) {
  return ::fchownat(file.get(), "", user, group, AT_EMPTY_PATH) == 0;
}

bool set_mode(const Descriptor& file, const std::string& path, mode_t mode) {
  // A descriptor that is for the file's place only can't be used for this, but its name can.
  if (::chmod(fmt::format("/proc/self/fd/{}", file.get()).c_str(), mode) == 0) return true;
  if (errno != ENOENT) return false;
  // Without /proc the system's own way remains, which fails rather than follow a link.
  return ::fchmodat(AT_FDCWD, path.c_str(), mode, AT_SYMLINK_NOFOLLOW) == 0;
}

}  // namespace milter_manager::net
