// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/working_copy.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/archive/durable_file.h"
#include "core/archive/layout.h"

namespace milter_manager::archive {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kArchive = ".rrd";
constexpr std::string_view kWorking = ".new";

// Also without the dot in front, as older versions named them; and with more behind: librrd makes a file at
// PATHxxxxxx and renames it.
bool is_leftover(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  const std::size_t end = name.rfind(fmt::format("{}{}", kArchive, kWorking));
  return end != name.npos && parse_file_name(name.substr(0, end + kArchive.size())).has_value();
}

}  // namespace

std::string working_path(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;  // 0 where there is no slash
  return fmt::format("{}.{}{}", path.substr(0, name), path.substr(name), kWorking);
}

std::string file_behind(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error || !fs::is_symlink(path, error) ? path : real.string();
}

Result<void> replace_by_copy(const std::string& path) {
  const std::string copy = working_path(path);
  auto done = sync_file(copy);
  if (done) done = rename_file(copy, path);
  const fs::path directory = fs::path(path).parent_path();
  return done ? sync_directory(directory.empty() ? "." : directory.string()) : done;
}

Result<std::size_t> remove_leftovers(const std::string& directory) {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (is_leftover(entry->path().filename().string())) leftovers.push_back(entry->path());
  }
  if (error) return failure(fmt::format("cannot list the directory {}: {}", directory, error.message()));
  for (const fs::path& path : leftovers) {
    fs::remove(path, error);
    if (error) return failure(fmt::format("cannot remove {}: {}", path.string(), error.message()));
  }
  return leftovers.size();
}

}  // namespace milter_manager::archive
