// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/network/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/net/descriptor.h"

std::string http_get(int port, const std::string& path) {
  const milter_manager::net::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // A server that is being ended may have accepted us and forget to say goodbye.
  const timeval limit{10, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::write(socket.get(), request.data(), request.size()) != static_cast<ssize_t>(request.size()))
    return {};
  std::string answer;
  char piece[65536];
  for (ssize_t n; (n = ::read(socket.get(), piece, sizeof piece)) > 0;)
    answer.append(piece, static_cast<std::size_t>(n));
  return answer;
}
