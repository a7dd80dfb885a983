// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ruby/interpreter.h"

// A fresh folder with configuration files, gone with the object.
class ConfigurationFolder {
 public:
  ConfigurationFolder();
  explicit ConfigurationFolder(std::string_view main_file);  // the text of milter-manager.conf
  ~ConfigurationFolder();
  ConfigurationFolder(const ConfigurationFolder&) = delete;
  ConfigurationFolder& operator=(const ConfigurationFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const;
  void write(std::string_view name, std::string_view text) const;  // makes the folders in `name`

  // Reads milter-manager.conf as on a Debian host.
  milter_manager::ruby::LoadOutcome load(const std::vector<std::string>& more_load_paths = {}) const;
  // Another file in its place.
  milter_manager::ruby::LoadOutcome load_file(std::string_view name,
                                              const std::vector<std::string>& more_load_paths = {}) const;
  // As load() does, for checking: with all errors that can be found.
  milter_manager::ruby::LoadOutcome check() const;
  // With a milter-manager.custom.conf.
  milter_manager::ruby::LoadOutcome load_with_custom(std::string_view text) const;

 private:
  milter_manager::ruby::LoadOptions options() const;

  std::string path_;
};

// The problems, one a line, with the folder's path taken out: "milter-manager.conf:2: message".
std::string problems_of(const milter_manager::ruby::LoadOutcome& outcome, const ConfigurationFolder& folder);
