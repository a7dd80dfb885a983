// SPDX-License-Identifier: GPL-3.0-or-later
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/net/stream_state.h"

namespace milter_manager::net {
namespace {

using Kind = StreamError::Kind;

Kind kind_of(int number) {
  switch (number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:  // no local port is left
      return Kind::resources;
    default:
      return Kind::connect;
  }
}

SocketAddress address_of(const ConnectionSpec& spec) {
  SocketAddress address;
  if (spec.family == ConnectionSpec::Family::inet) {
    sockaddr_in inet{};
    inet.sin_family = AF_INET;
    inet.sin_port = htons(spec.port);
    inet_pton(AF_INET, spec.host.empty() ? "127.0.0.1" : spec.host.c_str(), &inet.sin_addr);
    std::memcpy(&address.storage, &inet, sizeof inet);
    address.length = sizeof inet;
  } else {
    sockaddr_in6 inet6{};
    inet6.sin6_family = AF_INET6;
    inet6.sin6_port = htons(spec.port);
    inet_pton(AF_INET6, spec.host.empty() ? "::1" : spec.host.c_str(), &inet6.sin6_addr);
    std::memcpy(&address.storage, &inet6, sizeof inet6);
    address.length = sizeof inet6;
  }
  return address;
}

}  // namespace

void Stream::State::connect(const ConnectionSpec& spec) {
  if (spec.family == ConnectionSpec::Family::unix) {
    connect_to_path(spec.path);
    return;
  }
  connecting = std::make_unique<Connecting>();
  connecting->request.data = this;
  if (spec.host.empty() || spec.host_is_address) {
    connecting->addresses.push_back(address_of(spec));
    connect_to_next_address();
    return;
  }
  const int family = spec.family == ConnectionSpec::Family::inet ? AF_INET : AF_INET6;
  const auto answered = [this](Result<std::vector<SocketAddress>> addresses) {
    if (!addresses) {
      fail({Kind::resolve, 0, std::move(addresses.error().message)});
      return;
    }
    connecting->addresses = std::move(*addresses);
    connect_to_next_address();
  };
  connecting->question = loop.resolver().resolve(spec.host, family, spec.port, answered);
}

void Stream::State::connect_to_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A parsed spec's path fits; the last byte stays NUL.
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) {
    fail_later(kind_of(errno), errno);
    return;
  }
  // A unix socket connects at once or not at all; EAGAIN says that the queue of those not accepted yet is
  // full.
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail_later(errno == EAGAIN ? Kind::accept_queue_full : kind_of(errno), errno);
    return;
  }
  tell_connected = true;
  open(std::move(socket));
}

void Stream::State::connect_to_next_address() {
  const auto& address = connecting->addresses[connecting->next++];
  const auto finished = [](uv_connect_t* connection, int status) {
    static_cast<State*>(connection->data)->connect_finished(status);
  };
  if (const int status = uv_tcp_connect(&connecting->request, &handle, address.get(), finished);
      status != 0) {
    connect_finished(status);
  }
}

void Stream::State::connect_finished(int status) {
  if (phase != Phase::connecting || reopening) return;  // given up
  if (status == 0) {
    uv_tcp_nodelay(&handle, 1);
    connecting.reset();
    tell_connected = true;
    opened();
    return;
  }
  if (connecting->next == connecting->addresses.size()) {
    fail_later(kind_of(-status), -status);
    return;
  }
  // A socket that could not connect is of no use for another address.
  reopening = true;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle), [](uv_handle_t* closed) {
    auto* state = static_cast<State*>(closed->data);
    state->reopening = false;
    if (state->phase == Phase::closing) {
      delete state;
      return;
    }
    uv_tcp_init(state->loop.native(), &state->handle);
    state->connect_to_next_address();
  });
}

}  // namespace milter_manager::net
