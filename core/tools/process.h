// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::tools {

// Whom to run as: names or numbers; "" leaves it as it is.
struct Identity {
  std::string user;
  std::string group;
};

// Gives up root for good. Has no effect without root, or where nothing is named; without a group the user's own groups
// are taken. The socket at `path` ("" for none) goes to the user first, who can then remove it from a directory like /tmp.
Result<void> become(const Identity& identity, const std::string& path);

// Goes on in the background: no terminal, working directory "/", standard input and output closed to all.
Result<void> become_daemon();

// "660" or "0660", or "ug=rw,o=r": u, g, o and a; r, w and x.
Result<unsigned> parse_socket_mode(std::string_view text);

// Holds a file with the process's number, and removes it.
class PidFile {
 public:
  PidFile() = default;
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  Result<void> write(const std::string& path);

 private:
  std::string path_;
};

}  // namespace milter_manager::tools
