// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/net/descriptor.h"
#include "core/result.h"

namespace milter_manager::net {

// Two connected sockets of SOCK_STREAM or SOCK_SEQPACKET, close-on-exec.
struct SocketPair {
  Descriptor ours, theirs;
};
Result<SocketPair> make_socket_pair(int type);

// Gives another process descriptors of ours, which stay ours too, at most kMaxPassed in one message; and takes them there,
// close-on-exec, in the order in which they were given. Over one end each of a SOCK_SEQPACKET pair. Neither waits: receiving where nothing
// was sent is an error, and so is receiving only some of them.
inline constexpr std::size_t kMaxPassed = 64;
Result<void> send_descriptors(int socket, const std::vector<int>& descriptors);
Result<std::vector<Descriptor>> receive_descriptors(int socket);

}  // namespace milter_manager::net
