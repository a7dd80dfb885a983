// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/bench/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/net/connection_spec.h"

namespace milter_manager::bench {
namespace {

using Family = net::ConnectionSpec::Family;

template <typename Address>
Address& as(Endpoint& endpoint) {
  endpoint.length = sizeof(Address);
  return *reinterpret_cast<Address*>(&endpoint.address);
}

const sockaddr* address_of(const Endpoint& endpoint) {
  return reinterpret_cast<const sockaddr*>(&endpoint.address);
}

std::string system_error(std::string_view what) { return fmt::format("{}: {}", what, std::strerror(errno)); }

Result<int> make_socket(const Endpoint& endpoint) {
  const int made = socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return failure(system_error("socket"));
  if (endpoint.address.ss_family != AF_UNIX) {
    const int on = 1;
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  return made;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto spec = net::parse_connection_spec(text);
  if (!spec) return tl::unexpected(spec.error());
  if (!spec->host.empty() && !spec->host_is_address)
    return failure(fmt::format("{} is no address: <{}>", spec->host, text));
  Endpoint endpoint;
  switch (spec->family) {
    case Family::unix: {
      auto& address = as<sockaddr_un>(endpoint);
      address.sun_family = AF_UNIX;
      std::memcpy(address.sun_path, spec->path.c_str(), spec->path.size() + 1);
      endpoint.path = spec->path;
      break;
    }
    case Family::inet: {
      auto& address = as<sockaddr_in>(endpoint);
      address.sin_family = AF_INET;
      address.sin_port = htons(spec->port);
      inet_pton(AF_INET, spec->host.empty() ? "127.0.0.1" : spec->host.c_str(), &address.sin_addr);
      break;
    }
    case Family::inet6: {
      auto& address = as<sockaddr_in6>(endpoint);
      address.sin6_family = AF_INET6;
      address.sin6_port = htons(spec->port);
      inet_pton(AF_INET6, spec->host.empty() ? "::1" : spec->host.c_str(), &address.sin6_addr);
      break;
    }
  }
  return endpoint;
}

Result<int> listen_on(const Endpoint& endpoint) {
  struct stat status {};
  if (!endpoint.path.empty() && lstat(endpoint.path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    unlink(endpoint.path.c_str());
  }
  const auto made = make_socket(endpoint);
  if (!made) return made;
  if (bind(*made, address_of(endpoint), endpoint.length) != 0 || listen(*made, 4096) != 0) {
    const auto message = system_error("listen");
    close(*made);
    return failure(message);
  }
  return made;
}

Result<int> connect_to(const Endpoint& endpoint) {
  const auto made = make_socket(endpoint);
  if (!made) return made;
  if (connect(*made, address_of(endpoint), endpoint.length) == 0 || errno == EINPROGRESS) return made;
  const bool full = errno == EAGAIN;
  const auto message = system_error("connect");
  close(*made);
  if (full) return kTryAgain;
  return failure(message);
}

int connection_error(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool Outbox::flush(int socket) {
  while (!empty()) {
    const auto sent = send(socket, bytes_.data() + sent_, bytes_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    sent_ += static_cast<std::size_t>(sent);
  }
  clear();
  return true;
}

void Outbox::clear() {
  bytes_.clear();
  sent_ = 0;
}

}  // namespace milter_manager::bench
