// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/config_source.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "core/config/build_defaults.h"
#include "core/daemon/not_served.h"

namespace fs = std::filesystem;

namespace milter_manager::daemon {
namespace {

constexpr const char* kCustomFile = "milter-manager.custom.conf";

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::is_directory(path, ignored);
}

}  // namespace

ConfigSource::ConfigSource(ruby::Interpreter& interpreter, const Installation& installation,
                           const CommandLine& command_line)
    : interpreter_(interpreter), started_by_root_(::geteuid() == 0) {
  if (command_line.config_dir) options_.load_paths.push_back(*command_line.config_dir);
  if (const char* folder = std::getenv("MILTER_MANAGER_CONFIG_DIR"); folder && *folder) {
    options_.load_paths.push_back(fs::absolute(folder).string());
  }
  options_.load_paths.push_back(installation.config_dir);
  n_own_folders_ = options_.load_paths.size();
  options_.defaults = config::default_configuration(config::current_platform());
  options_.overrides = command_line.overrides;
}

ruby::LoadOutcome ConfigSource::load() {
  options_.load_paths.resize(n_own_folders_);
  ruby::LoadOutcome outcome = interpreter_.load(options_);
  // The configuration itself says whether there is one more folder to find its files in.
  if (const std::string folder = custom_folder(*outcome.configuration); is_folder(folder)) {
    options_.load_paths.push_back(folder);
    outcome = interpreter_.load(options_);
  }
  for (config::Problem& problem : not_served(*outcome.configuration))
    outcome.problems.push_back(std::move(problem));
  for (const std::string& folder : options_.load_paths) {
    const std::string custom = folder + "/" + kCustomFile;
    if (::access(custom.c_str(), F_OK) != 0) continue;
    outcome.problems.push_back(
        {config::Problem::Severity::warning, std::nullopt,
         fmt::format("{} is not read: put what it says into milter-manager.local.conf", custom)});
  }
  return outcome;
}

std::string ConfigSource::custom_folder(const config::Configuration& configuration) const {
  if (configuration.manager.custom_configuration_directory) {
    return *configuration.manager.custom_configuration_directory;
  }
  if (started_by_root_ || !configuration.security.effective_user) return {};
  const passwd* account = ::getpwnam(configuration.security.effective_user->c_str());
  return account && account->pw_uid == ::geteuid() ? fmt::format("{}/.milter-manager", account->pw_dir) : "";
}

}  // namespace milter_manager::daemon
