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
  // How many processes serve beside each other, this one included: manager.max_connections is theirs together.
  std::uint32_t n_processes = 1;
  // Whether [milter][load] lines are written here. A worker's are merged and written by its supervisor, which
  // takes them with take_loads().
  bool write_load = true;
  // Called with each event that a session reports, whether the log takes it or not; the event's views are of this call only.
  std::function<void(const statistics::Event&)> on_event;
  // Called every manager.maintenance_interval sessions, and when the last one in progress has ended.
  std::function<void()> maintain;
  // How long a command of the MTA may take to come, from its first byte to its last.
  std::chrono::duration<double> packet_timeout{60};
};

struct ServerCounters {
  std::uint64_t sessions_finished = 0;
  std::uint64_t sessions_open = 0;
  std::uint64_t children_open = 0;
  std::uint64_t max_connections =
      0;  // in force: of the setting and the descriptor limit the smaller; 0: none
  bool accepting = false;
  std::uint64_t accept_errors = 0;  // see Listener, of the listener in use
  std::uint64_t body_bytes = 0;     // of bodies in memory
};

// How a milter of the configuration in force stands.
struct MilterStanding {
  std::string name;
  bool tried = false;  // connected to, or in vain
  bool dead = false;
  std::uint64_t open = 0;  // connections to it now
  std::uint64_t busy = 0;  // of these, those with a command of ours unanswered
  // Since the process's start.
  std::uint64_t errors =
      0;  // timeouts included, and among these those where only the MTA could wait no longer
  std::uint64_t timeouts = 0;
  std::uint64_t reply_deadline_hits = 0;
  std::uint64_t probes_alive = 0;
  std::uint64_t probes_failed = 0;
  std::string last_error;    // of connecting to it; "": none
  double last_error_at = 0;  // Unix time
};

// The proxy of one process: accepts the MTA's connections and leads each through the milters.
//
//   Server server(loop, logger, configuration);
//   server.listen_on(std::move(sockets));
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

  // Accepts at these listening sockets from now on (core/net/listener.h opens them). Those before are accepted at for `linger`
  // more; whoever has connected by then is still served, and they are closed. Their files are the caller's.
  void listen_on(std::vector<net::Descriptor> sockets,
                 std::chrono::duration<double> linger = std::chrono::duration<double>(0));
  // "inet:10025@[127.0.0.1]", of several the first; "" when not listening.
  std::string spec() const;

  // New sessions take this configuration; running ones keep theirs.
  void use(std::shared_ptr<const config::Configuration> configuration);

  // Accepts nobody any more and calls `stopped` when the last session has ended. Sessions may go on for
  // manager.stop_timeout; then their next command is answered with a temporary failure, and a second later
  // they are closed. A second call does that at once.
  void stop(std::function<void()> stopped);

  ServerCounters counters() const;
  // For MTAs and milters, not taken by them yet. Walks through all connections.
  std::uint64_t unsent_bytes() const;
  std::vector<MilterStanding> milters() const;
  // What the milters did since it was called last; where nobody writes [milter][load] lines here.
  std::vector<MilterLoad> take_loads();
  void for_each_connection(const std::function<void(Connection&)>& visit);

 private:
  void accept(net::Descriptor mta);
  static void end(std::vector<std::unique_ptr<net::Listener>>& listeners);
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
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<std::unique_ptr<net::Listener>> lingering_;
  net::Timer linger_;
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
