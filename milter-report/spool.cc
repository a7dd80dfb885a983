// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace milter_manager::report {
namespace {

int open_nameless() {
  const char* const folder = std::getenv("TMPDIR");
  std::string name =
      fmt::format("{}/milter-report.XXXXXX", folder != nullptr && *folder != '\0' ? folder : "/tmp");
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(name.c_str());
  return descriptor;
}

bool write_all(int descriptor, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

}  // namespace

SpooledInput::~SpooledInput() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> SpooledInput::replace(std::vector<std::string>& paths) {
  const auto path = std::find(paths.begin(), paths.end(), "-");
  if (path == paths.end()) return {};
  descriptor_ = open_nameless();
  if (descriptor_ < 0) return failure(fmt::format("cannot make a temporary file: {}", std::strerror(errno)));
  std::vector<char> buffer(std::size_t{1} << 18);
  for (;;) {
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure(fmt::format("cannot read standard input: {}", std::strerror(errno)));
    if (size == 0) break;
    if (!write_all(descriptor_, buffer.data(), static_cast<std::size_t>(size))) {
      return failure(fmt::format("cannot keep standard input in a temporary file: {}", std::strerror(errno)));
    }
  }
  *path = fmt::format("/proc/self/fd/{}", descriptor_);
  return {};
}

}  // namespace milter_manager::report
