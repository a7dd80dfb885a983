// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <memory>

#include "core/net/connection_spec.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/result.h"
#include "examples/milter/milter.h"

namespace example {

namespace net = milter_manager::net;

// Listens, and runs a Milter for each connection.
class Server {
 public:
  // `roles` must outlive the server.
  static milter_manager::Result<std::unique_ptr<Server>> listen(net::Loop& loop,
                                                                const net::ConnectionSpec& spec,
                                                                const Roles& roles, Greylist greylist);
  ~Server();

 private:
  class Connection;
  Server(net::Loop& loop, net::Descriptor socket, const Roles& roles, Greylist greylist);

  const Roles& roles_;
  Greylist greylist_;
  std::list<std::unique_ptr<Connection>> connections_;
  net::Listener listener_;
};

}  // namespace example
