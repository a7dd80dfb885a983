// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::bench {

// Where a benchmark's program listens or connects. Plain sockets without a loop in between: what is measured is the
// peer, so this side has to cost as little as it can.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
  std::string path;  // of a unix socket
};

// "unix:PATH", "inet:PORT@ADDRESS", "inet6:PORT@ADDRESS": as core/net reads them, but without host names. No address
// means the loopback one.
Result<Endpoint> parse_endpoint(std::string_view spec);

// A listening socket that does not block; the socket left by an earlier run is replaced. The caller closes it.
Result<int> listen_on(const Endpoint& endpoint);

// Begins to connect without blocking; the socket is writable when it is done or has failed. The caller closes it.
// kTryAgain: the peer's accept queue is full, as of a unix socket; nothing is to be closed.
inline constexpr int kTryAgain = -1;
Result<int> connect_to(const Endpoint& endpoint);

// Why a connection that connect_to() began has failed; 0 if it has not.
int connection_error(int socket);

// As many descriptors as the system allows this process.
void raise_descriptor_limit();

// Bytes on their way to a socket.
class Outbox {
 public:
  // Append here.
  std::string& back() { return bytes_; }
  bool empty() const { return sent_ == bytes_.size(); }
  // Sends what the socket takes. False: the connection is broken.
  bool flush(int socket);
  void clear();

 private:
  std::string bytes_;
  std::size_t sent_ = 0;
};

}  // namespace milter_manager::bench
