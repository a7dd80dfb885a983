// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/network/tcp_pair.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <cstring>

namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  std::uint16_t port() const {
    return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                                               : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  }
};

SocketAddress address_of(const std::string& text, std::uint16_t port) {
  SocketAddress address;
  if (text.find(':') != std::string::npos) {
    sockaddr_in6 inet6{};
    inet6.sin6_family = AF_INET6;
    inet6.sin6_port = htons(port);
    inet_pton(AF_INET6, text.c_str(), &inet6.sin6_addr);
    std::memcpy(&address.storage, &inet6, sizeof inet6);
    address.length = sizeof inet6;
  } else {
    sockaddr_in inet{};
    inet.sin_family = AF_INET;
    inet.sin_port = htons(port);
    inet_pton(AF_INET, text.c_str(), &inet.sin_addr);
    std::memcpy(&address.storage, &inet, sizeof inet);
    address.length = sizeof inet;
  }
  return address;
}

milter_manager::net::Descriptor open_socket(const SocketAddress& address) {
  return milter_manager::net::Descriptor(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

void connect_pair(TcpPair& pair, int listening, const std::string& address) {
  SocketAddress bound;
  REQUIRE(::getsockname(listening, bound.get(), &bound.length) == 0);
  pair.server_port = bound.port();
  SocketAddress to = address_of(address, pair.server_port);
  pair.client = open_socket(to);
  // A port that is bound to is nobody else's; one that connect() chooses may be, towards another server.
  SocketAddress any = address_of(to.storage.ss_family == AF_INET6 ? "::" : "0.0.0.0", 0);
  REQUIRE(::bind(pair.client.get(), any.get(), any.length) == 0);
  REQUIRE(::connect(pair.client.get(), to.get(), to.length) == 0);
  pair.server = milter_manager::net::Descriptor(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(pair.server);
  SocketAddress from;
  REQUIRE(::getsockname(pair.client.get(), from.get(), &from.length) == 0);
  pair.client_port = from.port();
}

}  // namespace

TcpPair::TcpPair(const std::string& address, Listening how) {
  SocketAddress at = address_of(how == Listening::dual_stack ? "::" : address, 0);
  listening = open_socket(at);
  const int no = 0;
  if (how == Listening::dual_stack) ::setsockopt(listening.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  REQUIRE(::bind(listening.get(), at.get(), at.length) == 0);
  REQUIRE(::listen(listening.get(), 5) == 0);
  connect_pair(*this, listening.get(), address);
}

TcpPair::TcpPair(const std::string& address, const TcpPair& first) {
  connect_pair(*this, first.listening.get(), address);
}
