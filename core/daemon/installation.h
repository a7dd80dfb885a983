// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace milter_manager::daemon {

// Where the files of this installation are, found from where the program itself lies, so that it runs from any prefix.
struct Installation {
  std::string executable;  // absolute
  std::string prefix;
  std::string config_dir;  // PREFIX/etc/milter-manager
  std::string ruby_dir;    // the folder that has milter_manager.rb
};

// `executable` is the program's own path. A program that lies in a build folder takes what it needs from the source
// tree around it; MILTER_MANAGER_RUBY_DIR in the environment names the Ruby library's folder before all else.
Installation find_installation(const std::string& executable);

// The path of the running program.
std::string executable_path();

}  // namespace milter_manager::daemon
