// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/config_source.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "core/config/build_defaults.h"
#include "core/daemon/not_served.h"

namespace fs = std::filesystem;

namespace milter_manager::daemon {
namespace {

constexpr const char* kCustomFile = "milter-manager.custom.conf";

// Why `path` is not for us, if it isn't. What somebody else may write must not say what root runs.
std::optional<std::string> distrusted(const std::string& path, bool started_by_root) {
  struct stat status {};
  if (!started_by_root || ::stat(path.c_str(), &status) != 0) return std::nullopt;
  if (status.st_uid != 0) return "it is not root's, who started the manager";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return "others than root, who started the manager, may write it";
  return std::nullopt;
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::is_directory(path, ignored);
}

}  // namespace

ConfigSource::ConfigSource(ruby::Interpreter& interpreter, const Installation& installation,
                           const CommandLine& command_line, bool started_by_root, bool keep_sources)
    : interpreter_(interpreter), started_by_root_(started_by_root) {
  if (command_line.config_dir) options_.load_paths.push_back(*command_line.config_dir);
  if (const char* folder = std::getenv("MILTER_MANAGER_CONFIG_DIR"); folder && *folder) {
    options_.load_paths.push_back(fs::absolute(folder).string());
  }
  options_.load_paths.push_back(installation.config_dir);
  n_own_folders_ = options_.load_paths.size();
  options_.defaults = config::default_configuration(config::current_platform());
  options_.overrides = command_line.overrides;
  options_.checking = command_line.check_config;
  options_.keep_sources = keep_sources;
}

ruby::LoadOutcome ConfigSource::load() {
  options_.load_paths.resize(n_own_folders_);
  std::vector<config::Problem> problems = find_custom_file();
  ruby::LoadOutcome outcome = interpreter_.load(options_);
  // The configuration itself says whether there is one more folder to find its files in.
  if (const std::string folder = custom_folder(*outcome.configuration); is_folder(folder)) {
    if (const auto reason = distrusted(folder, started_by_root_)) {
      config::Problem left_out{config::Problem::Severity::warning, std::nullopt,
                               fmt::format("{} is not looked into: {}", folder, *reason)};
      const auto& locations = outcome.configuration->locations;
      const auto found = locations.find("manager.custom_configuration_directory");
      if (found != locations.end()) left_out.location = found->second;
      problems.push_back(std::move(left_out));
    } else {
      options_.load_paths.push_back(folder);
      problems = find_custom_file();
      outcome = interpreter_.load(options_);
    }
  }
  for (config::Problem& problem : not_served(*outcome.configuration))
    outcome.problems.push_back(std::move(problem));
  outcome.problems.insert(outcome.problems.end(), problems.begin(), problems.end());
  interpreter_.settle(outcome);
  return outcome;
}

supervision::Evaluation ConfigSource::evaluation_of(const ruby::LoadOutcome& outcome) const {
  return {outcome.configuration,
          outcome.problems,
          outcome.aborted,
          {options_.load_paths, options_.custom_file, outcome.sources}};
}

ruby::LoadOutcome ConfigSource::replay(const supervision::ConfigurationFiles& files) {
  options_.load_paths = files.load_paths;
  options_.custom_file = files.custom_file;
  options_.sources = files.sources;
  ruby::LoadOutcome outcome = interpreter_.load(options_);
  interpreter_.settle(outcome);
  return outcome;
}

std::vector<config::Problem> ConfigSource::find_custom_file() {
  options_.custom_file.clear();
  for (const std::string& folder : options_.load_paths) {
    const std::string path = folder + "/" + kCustomFile;
    if (::access(path.c_str(), F_OK) != 0) continue;
    auto reason = distrusted(folder, started_by_root_);
    if (!reason) reason = distrusted(path, started_by_root_);
    if (reason) {
      return {{config::Problem::Severity::warning, std::nullopt,
               fmt::format("{} is not read: {}", path, *reason)}};
    }
    options_.custom_file = path;
    break;
  }
  return {};
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
