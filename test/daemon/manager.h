// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "test/daemon/program.h"

// milter-manager serving with a configuration of its own, in a folder that the configuration knows as DIR; its log is the file
// "log" there.
class Manager {
 public:
  // Waits until it serves.
  explicit Manager(const std::string& configuration);

  std::string socket() const { return folder_.file("sock"); }
  std::string file(std::string_view name) const { return folder_.file(name); }
  const Folder& folder() const { return folder_; }
  Program& program() { return program_; }
  // So far, with CONFIG for the folder.
  std::string log() const;
  // Waits for it.
  bool logs(const std::string& text) const;
  Ended end();

 private:
  std::vector<std::string> arguments(const std::string& configuration) const;

  Folder folder_;
  Program program_;
};
