// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"

namespace milter_manager::daemon {

// Whom a process that was started by root is to become.
struct Identity {
  std::string user_name;
  uid_t user = 0;
  gid_t group = 0;
};

// nullopt: not root, nothing to drop. Without a user it is nobody; without a group, the user's own.
Result<std::optional<Identity>> find_identity(const std::optional<std::string>& user,
                                              const std::optional<std::string>& group);

// Makes the log file the identity's own, so that it can be opened, and later opened anew, without root's rights: makes
// it if it is missing. Not through links, and nothing that isn't a plain file under this one name.
Result<void> give_file(const Identity& identity, const std::string& path);
// The same for a UNIX socket that has been made; nothing if there is no socket.
Result<void> give_socket(const Identity& identity, const std::string& path);

// Gives root's rights up for good: supplementary groups and group first, then the user; and makes sure that they
// can't be had back.
Result<void> become(const Identity& identity);

// Sets the soft and the hard limit of open files.
Result<void> limit_descriptors(std::uint32_t number);

}  // namespace milter_manager::daemon
