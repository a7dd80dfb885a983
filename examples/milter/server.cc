// SPDX-License-Identifier: GPL-3.0-or-later
#include "examples/milter/server.h"

#include <fmt/format.h>

#include "core/net/stream.h"
#include "core/protocol/packet.h"

namespace example {

// One MTA's connection: bytes to packets, packets to commands, commands to the milter.
class Server::Connection : private net::StreamEvents {
 public:
  Connection(Server& server, net::Loop& loop, net::Descriptor socket)
      : server_(server), milter_(server.roles_, server.greylist_), stream_(loop, std::move(socket), *this) {}

 private:
  void received(std::string_view bytes) override {
    std::string out, mistake;
    const auto fed = framer_.feed(bytes, [&](protocol::Packet packet) {
      if (const auto command = decode_command(packet)) {
        milter_.received(*command, std::chrono::steady_clock::now(), out);
      } else {
        mistake = command.error().message;
      }
      return mistake.empty() && !milter_.quitted();
    });
    if (!fed) mistake = fed.error().message;
    if (!mistake.empty()) fmt::print(stderr, "example-milter: {}\n", mistake);
    stream_.write(out);
    if (!mistake.empty() || milter_.quitted()) close();
  }
  void ended() override { close(); }
  void failed(const net::StreamError&) override { close(); }

  // Ends this object.
  void close() {
    stream_.close();
    server_.connections_.remove_if([this](const auto& connection) { return connection.get() == this; });
  }

  Server& server_;
  Milter milter_;
  protocol::Framer framer_;
  net::Stream stream_;
};

Server::Server(net::Loop& loop, net::Descriptor socket, const Roles& roles, Greylist greylist)
    : roles_(roles),
      greylist_(std::move(greylist)),
      listener_(
          loop, std::move(socket),
          [this, &loop](net::Descriptor accepted) {
            connections_.push_back(std::make_unique<Connection>(*this, loop, std::move(accepted)));
          },
          /*remove_on_close=*/true) {}

Server::~Server() = default;

milter_manager::Result<std::unique_ptr<Server>> Server::listen(net::Loop& loop,
                                                               const net::ConnectionSpec& spec,
                                                               const Roles& roles, Greylist greylist) {
  auto socket = net::open_listening_socket(spec);
  if (!socket) return tl::unexpected(socket.error());
  return std::unique_ptr<Server>(new Server(loop, std::move(*socket), roles, std::move(greylist)));
}

}  // namespace example
