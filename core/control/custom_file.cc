// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/custom_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/net/descriptor.h"

namespace milter_manager::control {
namespace {

std::string path_in(const std::string& folder) { return fmt::format("{}/{}", folder, kCustomFile); }

bool write_whole(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

// "" when it was done; else why not.
std::string save_in(const std::string& folder, std::string_view text) {
  const std::string path = path_in(folder);
  std::string temporary = path + ".XXXXXX";
  const net::Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return std::strerror(errno);
  // The file's owner has decided who may read it.
  struct stat before {};
  const bool has_mode = ::stat(path.c_str(), &before) == 0;
  const bool done = (!has_mode || ::fchmod(file.get(), before.st_mode & 0777) == 0) &&
                    write_whole(file.get(), text) && std::rename(temporary.c_str(), path.c_str()) == 0;
  if (done) {
    const net::Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory) ::fsync(directory.get());
    return {};
  }
  const std::string reason = std::strerror(errno);
  ::unlink(temporary.c_str());
  return reason;
}

}  // namespace

Result<std::string> save_custom_file(const std::vector<std::string>& folders, std::string_view text) {
  std::string tried;
  for (const std::string& folder : folders) {
    const std::string reason = save_in(folder, text);
    if (reason.empty()) return path_in(folder);
    tried += fmt::format("{}\"{}\" ({})", tried.empty() ? "" : ", ", folder, reason);
  }
  return failure(fmt::format(
      "failed to save custom configuration file: can't find writable custom configuration file in [{}]",
      tried));
}

std::optional<std::int64_t> custom_file_changed_at(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    struct stat status {};
    if (::stat(path_in(folder).c_str(), &status) == 0) return static_cast<std::int64_t>(status.st_mtime);
  }
  return std::nullopt;
}

}  // namespace milter_manager::control
