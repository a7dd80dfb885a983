// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/control/peer.h"
#include "core/net/frame.h"
#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/net/work.h"

namespace milter_manager::control {

class Server::Client final : net::StreamEvents, net::BurstTask {
 public:
  Client(Server& server, net::Descriptor socket, bool allow_remote, bool is_unix)
      : server_(server),
        idle_(server.loop_, [this] { leave(); }),
        stream_(server.loop_, std::move(socket), *this) {
    idle_.start_after(kIdleLimit);
    if (is_unix) {
      identified(unix_peer_user(stream_.descriptor()), false);
      return;
    }
    const auto user = std::make_shared<std::optional<uid_t>>();
    identifying_ = net::Work(
        server.loop_, [user, descriptor = stream_.descriptor()] { *user = tcp_peer_user(descriptor); },
        [this, user, allow_remote] { identified(*user, allow_remote); });
  }

 private:
  void identified(std::optional<uid_t> user, bool allow_remote) {
    if (allow_remote || (user && may_control(*user))) {
      known_ = true;
    } else {
      const std::string who = user ? fmt::format("user {}", *user) : "a client on another host";
      server_.logger_.log(log::Level::warning,
                          fmt::format("[controller][refused] {} may not control the manager", who));
      stream_.write(encode(error_reply(
          fmt::format("{} may not control milter-manager: only root and its own user may", who))));
      leaving_ = true;
    }
    settle();
  }

  void received(std::string_view bytes) override {
    if (leaving_) return;
    reader_.append(bytes);
    settle();
  }
  void ended() override {
    ended_ = true;
    settle();
  }
  void failed(const net::StreamError&) override { leave(); }
  void blocked() override { blocked_ = true; }
  void drained() override {
    blocked_ = false;
    settle();
  }

  void leave() {
    leaving_ = true;
    waiting_ = false;
    settle();
  }

  // One command after the other; whoever sends ahead waits in the kernel.
  void settle() {
    if (may_take()) take_next();
    if (leaving_ || (ended_ && may_take())) {
      server_.loop_.at_burst_end(*this);
      return;
    }
    if (!may_take()) {
      if (reader_.buffered_bytes() > kMostCommandBytes) stream_.stop_reading();
    } else {
      stream_.resume_reading();
    }
  }

  bool may_take() const { return !leaving_ && known_ && !waiting_ && !blocked_; }

  void take_next() {
    const auto next = reader_.next();
    if (!next) {
      refuse(next.error().message);
    } else if (*next) {
      if (const auto command = decode_command(**next)) {
        handle(*command);
      } else {
        // The next message can be found all the same, but who sends this does not speak our language.
        refuse(command.error().message);
      }
    }
  }

  void refuse(std::string message) {
    server_.logger_.log(log::Level::warning, fmt::format("[controller][error] {}", message));
    stream_.write(encode(error_reply(std::move(message))));
    leaving_ = true;
  }

  void handle(const Command& command) {
    waiting_ = true;
    idle_.stop();
    server_.logger_.log(command.kind == CommandKind::get_status ? log::Level::debug : log::Level::info,
                        fmt::format("[controller][{}]", word(command.kind)));
    server_.handle_(command, [weak = std::weak_ptr<Client*>(self_)](const Reply& reply) {
      if (const auto self = weak.lock()) (*self)->answer(reply);
    });
  }

  void answer(const Reply& reply) {
    waiting_ = false;
    stream_.write(encode(reply));
    idle_.start_after(kIdleLimit);
    settle();
  }

  void burst_ended() override {
    stream_.close();
    server_.gone(*this);
  }

  Server& server_;
  std::shared_ptr<Client*> self_ =
      std::make_shared<Client*>(this);  // for answers that come when this may be gone
  net::FrameReader reader_{kMostCommandBytes};
  bool known_ = false;
  bool waiting_ = false;  // for the answer to its command
  bool blocked_ = false;  // it does not read its reply
  bool ended_ = false;
  bool leaving_ = false;
  net::Work identifying_;
  net::Timer idle_;
  net::Stream stream_;
};

Server::Server(net::Loop& loop, log::Logger& logger, Handle handle)
    : loop_(loop), logger_(logger), handle_(std::move(handle)) {}

Server::~Server() = default;

Result<void> Server::listen(const Place& place) {
  if (!place.allow_remote && !is_local(place.spec)) {
    return failure(
        fmt::format("the controller does not listen on {}: other hosts could have programs run here; "
                    "controller.allow_remote = true permits it",
                    net::format(place.spec)));
  }
  auto socket = net::open_listening_socket(place.spec, place.options);
  if (!socket) return tl::unexpected(socket.error());
  const bool is_unix = place.spec.family == net::ConnectionSpec::Family::unix;
  listener_ = std::make_unique<net::Listener>(
      loop_, std::move(*socket),
      [this, allow_remote = place.allow_remote && !is_unix, is_unix](net::Descriptor client) {
        accept(std::move(client), allow_remote, is_unix);
      },
      place.remove_on_close);
  return {};
}

void Server::close() { listener_.reset(); }

std::string Server::spec() const { return listener_ ? listener_->spec() : std::string(); }

void Server::accept(net::Descriptor socket, bool allow_remote, bool is_unix) {
  if (clients_.size() >= kMostClients) return;
  clients_.push_back(std::make_unique<Client>(*this, std::move(socket), allow_remote, is_unix));
}

void Server::gone(Client& client) {
  clients_.remove_if([&](const std::unique_ptr<Client>& one) { return one.get() == &client; });
}

}  // namespace milter_manager::control
