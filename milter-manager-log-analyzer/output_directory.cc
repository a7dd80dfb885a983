// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/output_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "milter-manager-log-analyzer/file_replacement.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = ".milter-manager-log-analyzer.lock";
// Who may open it may lock it, and stop all runs.
constexpr mode_t kLockMode = 0600;
constexpr std::string_view kSuffix = ".rrd";

bool holds_already(const std::string& path, std::string_view contents) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  std::string old(contents.size() + 1, '\0');  // one more, to see that there is no more
  std::size_t size = 0;
  while (size < old.size()) {
    const ssize_t count = ::read(descriptor, old.data() + size, old.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  ::close(descriptor);
  return std::string_view(old).substr(0, size) == contents;
}

}  // namespace

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return failure(fmt::format("cannot make the directory {}: {}", path, error.message()));
  if (!fs::is_directory(path, error)) return failure(fmt::format("{} is no directory", path));
  return {};
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  const std::string path = fmt::format("{}/{}", directory, kLockName);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kLockMode);
  if (descriptor < 0) {
    const int error = errno;
    // In a folder that can be written the lock is another user's.
    const std::string where = ::access(directory.c_str(), W_OK) == 0 ? path : "in " + directory;
    return failure(fmt::format("cannot write {}: {}", where, std::strerror(error)));
  }
  DirectoryLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure(fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
    return failure(fmt::format("another run is at work in {}; nothing was done", directory));
  }
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> replace_file(const std::string& path, std::string_view contents) {
  if (holds_already(path, contents)) return {};
  auto file = FileReplacement::open(path);
  if (!file) return tl::unexpected(file.error());
  file->write(contents);
  return file->commit(FileReplacement::Lasting::soon);
}

std::string ArchiveFile::stem() const { return file_name.substr(0, file_name.size() - kSuffix.size()); }

Result<std::vector<ArchiveFile>> list_archives(const std::string& directory) {
  std::vector<ArchiveFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (auto what = archive::parse_file_name(name)) files.push_back({std::move(name), std::move(*what)});
  }
  if (error) return failure(fmt::format("cannot list the directory {}: {}", directory, error.message()));
  std::sort(files.begin(), files.end(), [](const ArchiveFile& a, const ArchiveFile& b) {
    return std::tie(a.what.kind, a.what.safe_milter, a.what.key) <
           std::tie(b.what.kind, b.what.safe_milter, b.what.key);
  });
  return files;
}

}  // namespace milter_manager::log_analyzer
