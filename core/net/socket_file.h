// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace milter_manager::net {

// The file that a unix socket of ours is bound to. Whoever binds one must remove it in the end: the kernel leaves it.
class SocketFile {
 public:
  SocketFile() = default;
  // That of this socket; none where it is a socket of another family.
  explicit SocketFile(int socket);

  // "": there is none.
  const std::string& path() const { return path_; }
  // Removes it, if it is still the one that it was: another process may have put its own socket at the same path.
  void remove();

 private:
  std::string path_;
  std::optional<std::pair<dev_t, ino_t>> file_;
};

}  // namespace milter_manager::net
