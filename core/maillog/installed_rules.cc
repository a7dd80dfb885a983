// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/installed_rules.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace milter_manager::maillog {
namespace {

namespace fs = std::filesystem;

// As the build was configured; relative ones are below the prefix.
constexpr const char* kPrefix = MILTER_MANAGER_PREFIX;
constexpr const char* kBinDir = MILTER_MANAGER_BIN_DIR;
constexpr const char* kDataDir = MILTER_MANAGER_DATA_DIR;
constexpr const char* kSysconfDir = MILTER_MANAGER_SYSCONF_DIR;

bool has_rules(const fs::path& folder) {
  std::error_code ignored;
  const fs::directory_iterator files(folder, ignored);
  return std::any_of(fs::begin(files), fs::end(files),
                     [](const fs::directory_entry& file) { return file.path().extension() == ".toml"; });
}

// Of an executable PREFIX/bin/NAME.
fs::path prefix_of(const fs::path& executable) {
  const fs::path folder = executable.parent_path();
  std::string ending = "/";
  ending += kBinDir;
  if (!folder.string().ends_with(ending)) return kPrefix;
  return folder.string().substr(0, folder.string().size() - ending.size()) + "/";
}

}  // namespace

std::vector<std::string> rule_places(const std::string& executable, const std::vector<std::string>& more) {
  const fs::path prefix = prefix_of(executable);
  // An absolute DATADIR or SYSCONFDIR stays what it is.
  fs::path shipped = prefix / kDataDir / "milter-manager/report-rules";
  fs::path own = prefix / kSysconfDir / "milter-manager/report-rules";
  if (!has_rules(shipped)) {
    for (fs::path folder = fs::path(executable).parent_path(); folder.has_relative_path();
         folder = folder.parent_path()) {
      if (!has_rules(folder / "share/report-rules")) continue;
      shipped = folder / "share/report-rules";
      own.clear();
      break;
    }
  }
  std::vector<std::string> places{shipped.string()};
  if (!own.empty() && has_rules(own)) places.push_back(own.string());
  places.insert(places.end(), more.begin(), more.end());
  return places;
}

Result<ReportRules> load_rules(const std::vector<std::string>& more) {
  std::error_code error;
  fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) executable = fs::path(kPrefix) / kBinDir / "milter-manager-log-analyzer";
  return ReportRules::load(rule_places(executable.string(), more));
}

}  // namespace milter_manager::maillog
