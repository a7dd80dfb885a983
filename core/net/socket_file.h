// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "core/net/descriptor.h"

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

// The file of a socket, to change what it is: the very file, whatever somebody puts at its path afterwards. For root, where
// others may write the folder. None, with the reason in errno: ENOTSOCK for another kind of file, a link too.
Descriptor open_socket_file(const std::string& path);
// Of what open_socket_file() gave. -1 leaves user or group as it is. False, with the reason in errno.
bool set_owner(const Descriptor& file, uid_t user, gid_t group);
bool set_mode(const Descriptor& file, const std::string& path, mode_t mode);

}  // namespace milter_manager::net
