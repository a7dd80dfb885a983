// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/daemon/peers.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <utility>

#include "test/daemon/program.h"

using namespace milter_manager::protocol;

namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

void write_all(int descriptor, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::send(descriptor, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

// A whole packet without its length; "" at the end.
std::string read_packet(int descriptor) {
  unsigned char head[4] = {};
  if (::recv(descriptor, head, sizeof(head), MSG_WAITALL) != sizeof(head)) return {};
  std::string packet(
      (std::size_t{head[0]} << 24) | (std::size_t{head[1]} << 16) | (std::size_t{head[2]} << 8) | head[3],
      '\0');
  const auto n = ::recv(descriptor, packet.data(), packet.size(), MSG_WAITALL);
  return n == static_cast<ssize_t>(packet.size()) ? packet : std::string();
}

}  // namespace

Mta::Mta(const std::string& socket) : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = address_of(socket);
  REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  send(command::Negotiate{{6, action::kAll, step::kYes | step::kNoEvent}});
  REQUIRE(reply() == 'O');
}

Mta::~Mta() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Mta::Mta(Mta&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

void Mta::send(const Command& command) {
  std::string packet;
  encode(command, packet);
  write_all(descriptor_, packet);
}

void Mta::send_macros(CommandKind stage, const std::vector<std::string>& pairs) {
  std::string bytes;
  for (const std::string& one : pairs) bytes.append(one.c_str(), one.size() + 1);
  send(command::DefineMacro{stage, StringList(bytes)});
}

char Mta::reply() {
  const std::string packet = read_packet(descriptor_);
  return packet.empty() ? '\0' : packet[0];
}

char Mta::ask(const Command& command) {
  send(command);
  return reply();
}

bool Mta::has_reply() const {
  pollfd one{descriptor_, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

Milter::Milter(const std::string& socket, char kind, char reply)
    : kind_(kind), reply_(reply), listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_un address = address_of(socket);
  REQUIRE(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(listening_, SOMAXCONN) == 0);
  accepting_ = std::thread([this] { accept(); });
}

// The manager has ended, or will wait no longer than these connections live.
Milter::~Milter() {
  stopping_ = true;
  ::shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  while (serving_ > 0) sleep_a_little();
  ::close(listening_);
}

void Milter::accept() {
  for (;;) {
    const int connection = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0 || stopping_) {
      if (connection >= 0) ::close(connection);
      return;
    }
    ++serving_;
    std::thread([this, connection] {
      serve(connection);
      --serving_;
    }).detach();
  }
}

void Milter::serve(int connection) {
  for (std::string packet = read_packet(connection); !packet.empty(); packet = read_packet(connection)) {
    const char kind = packet[0];
    if (kind == 'A') ++aborted_;
    if (kind == 'Q') break;
    if (kind == 'A' || kind == 'D') continue;
    const char reply = kind == kind_ ? reply_.load() : 'c';
    std::string answer;
    if (kind == 'O') {
      encode(command::Negotiate{{6, 0, 0}}, answer);
    } else if (reply != 0) {
      append_packet(answer, reply);
    }
    if (kind == kind_) ++asked_;
    write_all(connection, answer);
  }
  ::close(connection);
}
