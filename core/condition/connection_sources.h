// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/condition/address.h"
#include "core/condition/connection_table.h"
#include "core/net/descriptor.h"
#include "core/result.h"

namespace milter_manager::condition {

struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// A TCP connection as the kernel tells it.
struct TcpConnection {
  Endpoint local, remote;
  ConnectionTable::State state = ConnectionTable::State::other;
};

using EachConnection = std::function<void(const TcpConnection&)>;

// The kernel's number of a state (include/net/tcp_states.h); nullopt for those that are no connection: listening, gone.
std::optional<ConnectionTable::State> tcp_state(unsigned number);

// sock_diag(7). Waits for the kernel only, which answers at once; a walk takes as long as there are connections.
class SockDiag {
 public:
  // An error where the kernel doesn't offer it.
  static Result<SockDiag> open();

  std::optional<TcpConnection> find(const Endpoint& local, const Endpoint& remote);
  Result<void> each(const EachConnection& function);

 private:
  explicit SockDiag(net::Descriptor socket) : socket_(std::move(socket)) {}
  bool request(int family, const Endpoint* local, const Endpoint* remote);
  // What follows the request; false when it ended with an error.
  bool receive(bool many, const EachConnection& function);

  net::Descriptor socket_;
  std::uint32_t sequence_ = 0;
};

// PROC/net/tcp and PROC/net/tcp6.
Result<void> each_in_proc(const std::string& proc, const EachConnection& function);
// One line of these files (proc(5)); nullopt for the heading, and for what is none.
std::optional<TcpConnection> read_proc_line(std::string_view line);

// `netstat -n`, with -W where that is known. `program` is its path.
Result<void> each_in_netstat(const std::string& program, const EachConnection& function);
// One line of it: "tcp4 0 0 192.0.2.1.25 192.0.2.7.40000 ESTABLISHED", or with ":" before the ports.
std::optional<TcpConnection> read_netstat_line(std::string_view line);

}  // namespace milter_manager::condition
