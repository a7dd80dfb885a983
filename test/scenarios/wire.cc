// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/scenarios/wire.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace milter_manager::scenarios {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int open_socket() {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) fail("no socket");
  return descriptor;
}

}  // namespace

Wire& Wire::operator=(Wire&& other) noexcept {
  if (this == &other) return *this;
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  unsent_ = std::move(other.unsent_);
  framer_ = std::move(other.framer_);
  return *this;
}

Wire Wire::connected_to(const std::string& path) {
  Wire wire(open_socket());
  const sockaddr_un address = address_of(path);
  if (::connect(wire.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("can't connect to " + path);
  return wire;
}

void Wire::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  unsent_.clear();
  framer_ = protocol::Framer();
}

bool Wire::send_some() {
  if (unsent_.empty()) return false;
  const ssize_t sent = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EAGAIN) return false;
    unsent_.clear();  // nobody is there to read it
    return false;
  }
  unsent_.erase(0, static_cast<std::size_t>(sent));
  return sent > 0;
}

bool Wire::exchange(session::World::Received& received) {
  bool moved = false;
  char buffer[65536];
  while (*this) {
    moved = send_some() || moved;
    const ssize_t size = ::recv(descriptor_, buffer, sizeof buffer, 0);
    if (size < 0 && errno == EAGAIN) return moved;
    moved = true;
    if (size <= 0) {
      if (framer_.buffered_bytes() != 0) throw std::runtime_error("the manager sent half a packet");
      received.emplace_back();
      close();
      return true;
    }
    const auto fed = framer_.feed({buffer, static_cast<std::size_t>(size)}, [&](protocol::Packet packet) {
      received.emplace_back(packet.raw);
      return true;
    });
    if (!fed) throw std::runtime_error("the manager sent what is no packet: " + fed.error().message);
  }
  return moved;
}

ListeningSocket::ListeningSocket(std::string path) : path_(std::move(path)), descriptor_(open_socket()) {
  const sockaddr_un address = address_of(path_);
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(descriptor_, SOMAXCONN) != 0)
    fail("can't listen at " + path_);
}

void ListeningSocket::close() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(path_.c_str());
  descriptor_ = -1;
}

Wire ListeningSocket::accept() {
  if (descriptor_ < 0) return {};
  const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted < 0 && errno != EAGAIN) fail("can't accept at " + path_);
  return Wire(accepted);
}

}  // namespace milter_manager::scenarios
