// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/config/configuration.h"
#include "core/log/logger.h"
#include "core/net/descriptor.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/net/timer.h"
#include "core/proxy/body_store.h"
#include "core/proxy/clock.h"
#include "core/proxy/condition_evaluator.h"
#include "core/proxy/connection.h"
#include "core/proxy/connection_checker.h"
#include "core/proxy/generation.h"
#include "core/proxy/load.h"
#include "core/result.h"

namespace milter_manager::proxy {

struct ServerOptions {
  ConditionEvaluator* conditions = nullptr;         // none: no condition ever stops a milter
  session::TagSource* tags = nullptr;               // none: 1, 2, …
  ConnectionChecker* connection_checker = nullptr;  // none: SMTP clients count as connected
  // Starts a milter's command (privilege mode); false where it can't.
  std::function<bool(const config::Milter&)> start_milter;
  std::string spool_directory = "/var/tmp";  // for bodies beyond manager.body_memory; not one in memory
  std::chrono::duration<double> heartbeat_interval{60};
  // Whether [milter][load] lines are written here. A worker's are merged and written by its supervisor, which
  // takes them from on_load.
  bool write_load = true;
  // Called every manager.maintenance_interval sessions, and when the last one in progress has ended.
  std::function<void()> maintain;
  // Called with each heartbeat, with what the milters did since the last one.
  std::function<void(const std::vector<MilterLoad>&)> on_load;
};

struct ServerCounters {
  std::uint64_t sessions_finished = 0;
  std::uint64_t sessions_open = 0;
  std::uint64_t children_open = 0;
  std::uint64_t max_connections =
      0;  // in force: of the setting and the descriptor limit the smaller; 0: none
  bool accepting = false;
};

// The proxy of one process: accepts the MTA's connections and leads each through the milters.
//
//   Server server(loop, logger, configuration);
//   if (auto listening = server.listen(); !listening) …
//   loop.run();
//
// On the loop's thread.
class Server final : ConnectionOwner, net::BurstTask {
 public:
  // Nobody is contacted before the loop runs: the milters are probed then. (A program that was started by root may open
  // its sockets and give up its rights between the two.)
  Server(net::Loop& loop, log::Logger& logger, std::shared_ptr<const config::Configuration> configuration,
         ServerOptions options = {});
  // Closes everything at once: MTAs see their milter die.
  ~Server() override;

  // At manager.connection_spec. Again after a reload: goes over to the new place, if it is another one. The
  // old one stays when that fails.
  Result<void> listen();
  // At a socket that is listening already, an inherited one.
  void adopt(net::Descriptor listening);
  // "inet:10025@[127.0.0.1]"; "" when not listening.
  std::string spec() const;

  // New sessions take this configuration; running ones keep theirs.
  void use(std::shared_ptr<const config::Configuration> configuration);

  // Accepts nobody any more and calls `stopped` when the last session has ended. Sessions may go on for
  // manager.stop_timeout; then their next command is answered with a temporary failure, and a second later
  // they are closed. A second call does that at once.
  void stop(std::function<void()> stopped);

  ServerCounters counters() const;
  void for_each_connection(const std::function<void(Connection&)>& visit);

 private:
  void accept(net::Descriptor mta);
  void serve(net::Descriptor listening, bool remove_on_close);
  void limit_connections();
  void regulate();
  void connection_finished(Connection& connection) override;
  void burst_ended() override;
  bool maintenance_is_due(std::uint64_t added) const;
  void shut_down_sessions();
  void tell_stopped();
  void beat();

  net::Loop& loop_;
  log::Logger& logger_;
  ServerOptions options_;
  LoopClock clock_;
  SteppedTags own_tags_;
  NoConditions no_conditions_;
  BodyBudget bodies_;
  LoadMeters meters_;
  Surroundings surroundings_;
  std::shared_ptr<Generation> generation_;
  std::unique_ptr<net::Listener> listener_;
  std::string configured_spec_;  // what listener_ was opened for
  std::list<std::unique_ptr<Connection>> connections_;
  std::list<std::unique_ptr<Connection>> ended_;  // in this burst
  std::uint64_t max_connections_ = 0;
  std::uint64_t finished_ = 0;

  enum class Stopping : std::uint8_t { no, waiting, shutting_down, closing } stopping_ = Stopping::no;
  std::function<void()> stopped_;
  net::Timer stop_timer_;

  net::Timer first_probe_;
  bool probing_ = false;
  net::Timer heartbeat_;
  session::Time last_beat_;
};

}  // namespace milter_manager::proxy
