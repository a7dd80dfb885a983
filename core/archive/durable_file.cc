// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#if __has_include(<linux/fs.h>)
#include <linux/fs.h>
#endif
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "core/archive/descriptor.h"

namespace milter_manager::archive {
namespace {

tl::unexpected<Error> failed_to(std::string_view what, std::string_view path) {
  return failure(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool copy_bytes(int from, int to) {
#ifdef FICLONE
  if (::ioctl(to, FICLONE, from) == 0) return true;
#endif
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
    if (!write_all(to, {buffer.data(), static_cast<std::size_t>(count)})) return false;
  }
}

// The archives may belong to another user than the run's, and a group may read them.
bool take_owner_and_mode(int fd, const struct stat& from) {
  if (::fchown(fd, from.st_uid, from.st_gid) != 0 && errno != EPERM) return false;
  return ::fchmod(fd, from.st_mode & 07777) == 0;
}

Result<void> sync_opened(const std::string& path, int flags) {
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) return failed_to("write to the disk:", path);
  return {};
}

}  // namespace

Result<void> copy_file(const std::string& from, const std::string& to) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (source.get() < 0 || ::fstat(source.get(), &status) != 0) return failed_to("read", from);
  if (!S_ISREG(status.st_mode)) return failure(fmt::format("cannot copy {}: it is no plain file", from));
  const Descriptor copy(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (copy.get() < 0) return failed_to("copy to", to);
  if (copy_bytes(source.get(), copy.get()) && take_owner_and_mode(copy.get(), status)) return {};
  auto error = failure(fmt::format("cannot copy {} to {}: {}", from, to, std::strerror(errno)));
  ::unlink(to.c_str());
  return error;
}

Result<void> sync_file(const std::string& path) { return sync_opened(path, O_RDONLY); }

Result<void> rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return failure(fmt::format("cannot rename {} to {}: {}", from, to, std::strerror(errno)));
}

Result<void> sync_directory(const std::string& path) { return sync_opened(path, O_RDONLY | O_DIRECTORY); }

}  // namespace milter_manager::archive
