// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/supervision/load/traffic.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "core/net/descriptor.h"
#include "core/protocol/command.h"

using namespace milter_manager::protocol;
using milter_manager::net::Descriptor;

namespace {

Descriptor connect_to(const std::string& path) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

// The kind of the next packet; 0: there is none.
char answer(int socket) {
  unsigned char head[4] = {};
  if (::recv(socket, head, sizeof head, MSG_WAITALL) != sizeof head) return 0;
  std::string packet(
      (std::size_t{head[0]} << 24) | (std::size_t{head[1]} << 16) | (std::size_t{head[2]} << 8) | head[3],
      '\0');
  const auto length = ::recv(socket, packet.data(), packet.size(), MSG_WAITALL);
  return length == static_cast<ssize_t>(packet.size()) && length > 0 ? packet[0] : '\0';
}

char ask(int socket, const Command& command) {
  std::string packet;
  encode(command, packet);
  if (::send(socket, packet.data(), packet.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(packet.size()))
    return 0;
  return answer(socket);
}

}  // namespace

Traffic::Traffic(std::vector<std::string> sockets, int mtas) : sockets_(std::move(sockets)) {
  for (int i = 0; i < mtas; ++i) threads_.emplace_back([this, i] { send_mails(i); });
}

Traffic::~Traffic() { stop(); }

void Traffic::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Traffic::go_to(std::vector<std::string> sockets) {
  const std::lock_guard lock(lock_);
  sockets_ = std::move(sockets);
}

void Traffic::send_mails(int number) {
  for (auto i = static_cast<std::size_t>(number); !stopping_; ++i) {
    std::string socket;
    {
      const std::lock_guard lock(lock_);
      socket = sockets_[i % sockets_.size()];
    }
    switch (send_mail(socket)) {
      case Outcome::delivered:
        ++delivered_;
        break;
      case Outcome::refused:
        ++refused_;
        break;
      case Outcome::broken:
        ++broken_;
        break;
      case Outcome::answered_otherwise:
        ++answered_otherwise_;
        break;
    }
  }
}

Traffic::Outcome Traffic::send_mail(const std::string& path) {
  const Descriptor socket = connect_to(path);
  if (!socket) return Outcome::refused;
  if (ask(socket.get(), command::Negotiate{{6, action::kAll, 0}}) != 'O') return Outcome::broken;
  const Command commands[] = {
      command::Connect{"client.example.net", command::Family::inet, 40000, "192.0.2.1"},
      command::Helo{"client.example.net"},
      command::Mail{"<from@example.org>", {}},
      command::Recipient{"<to@example.net>", {}},
      command::Data{},
      command::Header{"Subject", "hello"},
      command::EndOfHeader{},
      command::Body{"a body\r\n"},
      command::EndOfMessage{}};
  for (const Command& command : commands) {
    const char got = ask(socket.get(), command);
    if (got == 0) return Outcome::broken;
    if (got != 'c') return Outcome::answered_otherwise;
  }
  std::string quit;
  encode(command::Quit{}, quit);
  ::send(socket.get(), quit.data(), quit.size(), MSG_NOSIGNAL);
  return Outcome::delivered;
}
