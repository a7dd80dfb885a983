// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/ruby/configuration_folder.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "core/config/build_defaults.h"
#include "test/ruby/shared_interpreter.h"

namespace fs = std::filesystem;
using namespace milter_manager;

ConfigurationFolder::ConfigurationFolder() {
  path_ = (fs::temp_directory_path() / "milter-manager-XXXXXX").string();
  if (!::mkdtemp(path_.data())) throw std::runtime_error("can't make a folder: " + path_);
}

ConfigurationFolder::ConfigurationFolder(std::string_view main_file) : ConfigurationFolder() {
  write("milter-manager.conf", main_file);
}

ConfigurationFolder::~ConfigurationFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string ConfigurationFolder::file(std::string_view name) const { return path_ + "/" + std::string(name); }

void ConfigurationFolder::write(std::string_view name, std::string_view text) const {
  fs::create_directories(fs::path(file(name)).parent_path());
  std::FILE* out = std::fopen(file(name).c_str(), "w");
  if (!out) throw std::runtime_error("can't write " + file(name));
  std::fwrite(text.data(), 1, text.size(), out);
  std::fclose(out);
}

ruby::LoadOptions ConfigurationFolder::options() const {
  ruby::LoadOptions options;
  options.load_paths = {path_};
  options.defaults = config::default_configuration("debian");
  return options;
}

ruby::LoadOutcome ConfigurationFolder::load(const std::vector<std::string>& more_load_paths) const {
  return load_file("milter-manager.conf", more_load_paths);
}

ruby::LoadOutcome ConfigurationFolder::load_file(std::string_view name,
                                                 const std::vector<std::string>& more_load_paths) const {
  ruby::LoadOptions from = options();
  from.file = name;
  from.load_paths.insert(from.load_paths.end(), more_load_paths.begin(), more_load_paths.end());
  return shared_interpreter().load(from);
}

ruby::LoadOutcome ConfigurationFolder::check() const {
  ruby::LoadOptions from = options();
  from.checking = true;
  return shared_interpreter().load(from);
}

ruby::LoadOutcome ConfigurationFolder::load_with_custom(std::string_view text) const {
  write("milter-manager.custom.conf", text);
  ruby::LoadOptions from = options();
  from.custom_file = file("milter-manager.custom.conf");
  return shared_interpreter().load(from);
}

std::string problems_of(const ruby::LoadOutcome& outcome, const ConfigurationFolder& folder) {
  std::string text;
  for (const auto& problem : outcome.problems) text += format(problem) + "\n";
  const std::string prefix = folder.path() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}
