// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/net/descriptor.h"

// A TCP connection on this host, with the socket that took it still listening.
struct TcpPair {
  enum class Listening { plain, dual_stack };
  // `address`: "127.0.0.1" or "::1".
  explicit TcpPair(const std::string& address, Listening how = Listening::plain);
  // Another client of the same listening socket.
  TcpPair(const std::string& address, const TcpPair& first);

  milter_manager::net::Descriptor listening, client, server;
  std::uint16_t client_port = 0, server_port = 0;
};
