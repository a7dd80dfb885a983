// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/net/connection_spec.h"

namespace milter_manager::control {

// Whose process is at the other end of a connected socket. Of a UNIX socket the kernel tells at once; of a TCP connection
// within this host /proc/net does, which is to be read off the loop. None: it is on another host, or can't be told.
std::optional<uid_t> unix_peer_user(int socket);
std::optional<uid_t> tcp_peer_user(int socket);

// The user who owns the established connection between two addresses in a table as /proc/net/tcp is: `local` and `remote` as they are
// written there, "0100007F:1F90".
std::optional<uid_t> owner_in_table(std::string_view table, std::string_view local, std::string_view remote);

// Who may control the manager may have any program run as the manager's user: so that user and root alone.
bool may_control(uid_t user);

// Whether everybody who connects there is on this host.
bool is_local(const net::ConnectionSpec& spec);

}  // namespace milter_manager::control
