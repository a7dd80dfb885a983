// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/control/server.h"
#include "core/log/logger.h"
#include "core/net/connection_spec.h"
#include "core/net/loop.h"
#include "core/net/work.h"
#include "core/supervision/manager.h"

namespace milter_manager::control {

// Where it listens. A name is refused, but for localhost: 127.0.0.1, or ::1 in IPv6.
Result<net::ConnectionSpec> controller_place(const std::string& connection_spec);

// Answers commands with what the manager can do and tell; listens at controller.connection_spec, if that is set.
class Controller final : public supervision::Attachment {
 public:
  // All must outlive it. On the loop's thread.
  Controller(net::Loop& loop, log::Logger& logger, supervision::Manager& manager, std::string version);
  ~Controller() override;

  Result<void> use(const config::Configuration& configuration) override;
  const Server& server() const { return server_; }

 private:
  void handle(const Command& command, Server::Answer answer);
  void save_configuration(const std::string& text, Server::Answer answer);
  void tell_configuration(Server::Answer answer);

  net::Loop& loop_;
  log::Logger& logger_;
  supervision::Manager& manager_;
  const std::string version_;
  // Answers of the manager may come when the controller is gone.
  std::shared_ptr<Controller*> self_;
  std::uint64_t last_work_ = 0;
  std::map<std::uint64_t, net::Work> works_;
  std::string place_;  // what the server was opened for
  Server server_;
};

}  // namespace milter_manager::control
