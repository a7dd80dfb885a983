// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/test_client.h"

#include <fmt/format.h>

#include <csignal>
#include <list>

#include "core/net/loop.h"
#include "core/net/signal.h"
#include "core/net/stream.h"
#include "core/protocol/packet.h"
#include "core/tools/test_milter.h"

namespace milter_manager::tools {
namespace {

using Print = std::function<void(std::string_view)>;

class Server;

// One MTA's connection.
class Connection : private net::StreamEvents {
 public:
  Connection(Server& server, net::Descriptor socket);
  void received(std::string_view bytes) override;
  void ended() override { end("closed by the MTA"); }
  void failed(const net::StreamError& error) override { end(error.message); }

 private:
  void end(std::string_view reason);

  Server& server_;
  std::list<Connection>::iterator place_;
  TestMilter milter_;
  protocol::Framer framer_;
  net::Stream stream_;
  friend class Server;
};

class Server {
 public:
  Server(net::Loop& loop, net::Descriptor socket, const TestClientOptions& options, const Print& print)
      : loop_(loop),
        options_(options),
        print_(print),
        listener_(
            loop, std::move(socket), [this](net::Descriptor accepted) { accept(std::move(accepted)); },
            /*remove_on_close=*/true),
        terminated_(loop, SIGTERM, [this] { loop_.stop(); }),
        interrupted_(loop, SIGINT, [this] { loop_.stop(); }) {}

  net::Loop& loop() { return loop_; }
  void report(std::string_view requests) const {
    if (options_.report_requests && !requests.empty()) print_(requests);
  }
  void log(std::string_view text) const {
    if (options_.verbose) fmt::print(stderr, "{}\n", text);
  }
  void forget(std::list<Connection>::iterator connection) { connections_.erase(connection); }

 private:
  void accept(net::Descriptor socket) {
    connections_.emplace_back(*this, std::move(socket));
    connections_.back().place_ = std::prev(connections_.end());
    log("connection accepted");
  }

  net::Loop& loop_;
  const TestClientOptions& options_;
  const Print& print_;
  std::list<Connection> connections_;
  net::Listener listener_;
  net::Signal terminated_, interrupted_;
};

Connection::Connection(Server& server, net::Descriptor socket)
    : server_(server), stream_(server.loop(), std::move(socket), *this) {}

void Connection::received(std::string_view bytes) {
  std::string out, requests, mistake;
  const auto fed = framer_.feed(bytes, [&](protocol::Packet packet) {
    const auto received = milter_.received(packet, out, requests);
    if (!received) mistake = received.error().message;
    return received.has_value() && !milter_.quitted();
  });
  if (!fed) mistake = fed.error().message;
  server_.report(requests);
  stream_.write(out);
  if (!mistake.empty()) return end(mistake);
  if (milter_.quitted()) return end("finished");
}

void Connection::end(std::string_view reason) {
  std::string last_line;
  milter_.closed(last_line);
  server_.report(last_line);
  server_.log(fmt::format("connection ended: {}", reason));
  stream_.close();
  server_.forget(place_);
}

}  // namespace

Result<void> run_test_client(const TestClientOptions& options, const Print& print) {
  auto socket = net::open_listening_socket(options.spec, options.listen);
  if (!socket) return tl::unexpected(socket.error());
  if (const auto became = become(options.identity, options.spec.path); !became) return became;
  if (options.daemon) {
    if (const auto became = become_daemon(); !became) return became;
  }
  PidFile pid_file;
  if (!options.pid_file.empty()) {
    if (const auto written = pid_file.write(options.pid_file); !written) return written;
  }
  net::Loop loop;
  Server server(loop, std::move(*socket), options, print);
  loop.run();
  return {};
}

}  // namespace milter_manager::tools
