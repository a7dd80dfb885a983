// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "test/daemon/program.h"

// Another program than the one that was built, with more in its environment.
struct InstalledManager {
  std::string executable = MILTER_MANAGER;
  std::vector<std::string> environment;
};

// milter-manager serving with a configuration of its own, in a folder that the configuration knows as DIR; its log is the file
// "log" there.
class Manager {
 public:
  using Files = std::vector<std::pair<std::string, std::string>>;
  // Waits until it serves. `files`: names and texts of others in its folder.
  explicit Manager(const std::string& configuration, const Files& files = {},
                   const InstalledManager& installed = {});

  std::string socket() const { return folder_.file("sock"); }
  std::string file(std::string_view name) const { return folder_.file(name); }
  const Folder& folder() const { return folder_; }
  Program& program() { return program_; }
  pid_t pid() const { return program_.pid(); }
  // Writes another configuration; it is read when the manager is told so.
  void configure(const std::string& configuration) const;
  // So far, with CONFIG for the folder.
  std::string log() const;
  // Waits for it.
  bool logs(const std::string& text) const;
  Ended end();

 private:
  std::vector<std::string> arguments(const std::string& configuration, const Files& files) const;

  Folder folder_;
  Program program_;
};
