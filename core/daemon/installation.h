// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace milter_manager::daemon {

// Where the files of this installation are, found from where the program itself lies, so that it runs from any prefix.
struct Installation {
  std::string executable;  // absolute
  std::string prefix;
  std::string config_dir;      // PREFIX/etc/milter-manager
  std::string ruby_dir;        // the folder with the Ruby library's files
  bool reads_library = false;  // from there, rather than what the program has in it
};

// `executable` is the program's own path. MILTER_MANAGER_RUBY_DIR in the environment names a folder that the Ruby library is read from, for who works
// on it.
Installation find_installation(const std::string& executable);

// The path of the running program.
std::string executable_path();

}  // namespace milter_manager::daemon
