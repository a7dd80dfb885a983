// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/installation.h"

#include <uv.h>

#include <cstdlib>
#include <filesystem>

#include "core/daemon/build_paths.h"

namespace fs = std::filesystem;

namespace milter_manager::daemon {
namespace {

// PREFIX, if the executable is PREFIX/sbin/milter-manager.
fs::path prefix_of(const fs::path& executable) {
  const fs::path sbin(kSbinDir);
  if (sbin.is_absolute()) return kPrefix;
  fs::path prefix = executable.parent_path();
  for (auto part = sbin.begin(); part != sbin.end(); ++part) prefix = prefix.parent_path();
  return prefix / sbin == executable.parent_path() ? prefix : fs::path(kPrefix);
}

}  // namespace

Installation find_installation(const std::string& executable) {
  const fs::path prefix = prefix_of(executable);
  Installation found;
  found.executable = executable;
  found.prefix = prefix.string();
  // An absolute SYSCONFDIR or DATADIR stays what it is.
  found.config_dir = (prefix / kSysconfDir / "milter-manager").string();
  found.ruby_dir = (prefix / kDataDir / "milter-manager/ruby").string();
  if (const char* chosen = std::getenv("MILTER_MANAGER_RUBY_DIR"); chosen && *chosen) {
    found.ruby_dir = chosen;
    found.reads_library = true;
  }
  return found;
}

std::string executable_path() {
  std::string path(4096, '\0');
  std::size_t size = path.size();
  if (::uv_exepath(path.data(), &size) != 0)
    return (fs::path(kPrefix) / kSbinDir / "milter-manager").string();
  path.resize(size);
  return path;
}

}  // namespace milter_manager::daemon
