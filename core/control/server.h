// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "core/control/message.h"
#include "core/log/logger.h"
#include "core/net/connection_spec.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/result.h"

namespace milter_manager::control {

// The controller's socket. Each client is asked for its user first (see peer.h) and hears `error` if that is not root's or the
// manager's own; with `allow_remote` whoever connects by TCP may do all, for then other protection is somebody else's business.
//
// Clients are few and may be hostile until they are known: at most kMostClients at once, each with one command at a time,
// of at most kMostCommandBytes, and with kIdleLimit to send the next one or to read a reply. On the loop's thread.
class Server {
 public:
  static constexpr std::size_t kMostClients = 32;
  static constexpr std::chrono::seconds kIdleLimit{60};

  struct Place {
    net::ConnectionSpec spec;
    net::ListenOptions options;
    bool remove_on_close = true;
    bool allow_remote = false;
  };
  using Answer = std::function<void(Reply)>;
  // `answer` may be called at any time, once, on the loop's thread; when the client is gone then, nothing happens.
  using Handle = std::function<void(const Command& command, Answer answer)>;

  // All must outlive it.
  Server(net::Loop& loop, log::Logger& logger, Handle handle);
  ~Server();

  // Where there is a server already it goes over to the new place; the old one stays when that fails.
  Result<void> listen(const Place& place);
  void close();
  // "" when it does not listen.
  std::string spec() const;
  std::size_t clients() const { return clients_.size(); }

 private:
  class Client;
  void accept(net::Descriptor socket, bool allow_remote, bool is_unix);
  void gone(Client& client);

  net::Loop& loop_;
  log::Logger& logger_;
  const Handle handle_;
  std::list<std::unique_ptr<Client>> clients_;
  std::unique_ptr<net::Listener> listener_;
};

}  // namespace milter_manager::control
