// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/protocol/packet.h"
#include "test/session/world.h"

namespace milter_manager::scenarios {

// A test's end of a connection to or from the manager. Nothing waits. What the system refuses throws
// std::runtime_error.
class Wire {
 public:
  Wire() = default;
  explicit Wire(int descriptor) : descriptor_(descriptor) {}
  Wire(Wire&& other) noexcept { *this = std::move(other); }
  Wire& operator=(Wire&& other) noexcept;
  ~Wire() { close(); }

  static Wire connected_to(const std::string& path);

  explicit operator bool() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  // exchange() sends it.
  void send(std::string_view bytes) { unsent_ += bytes; }
  // Sends and receives what goes now; whether anything went. What came is added: a string a packet, then an empty one
  // for the end, with which the wire is closed.
  bool exchange(session::World::Received& received);
  void close();

 private:
  bool send_some();

  int descriptor_ = -1;
  std::string unsent_;
  protocol::Framer framer_;
};

// A milter's unix socket.
class ListeningSocket {
 public:
  explicit ListeningSocket(std::string path);
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  ~ListeningSocket() { close(); }

  // No wire when nobody has called.
  Wire accept();
  // From now on whoever connects is refused.
  void close();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace milter_manager::scenarios
