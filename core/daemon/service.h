// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/daemon/conditions.h"
#include "core/daemon/config_source.h"
#include "core/daemon/connection_checks.h"
#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/net/signal.h"
#include "core/proxy/server.h"
#include "core/result.h"
#include "core/ruby/condition_pool.h"
#include "core/ruby/interpreter.h"

namespace milter_manager::daemon {

// The manager at work: the event loop with the proxy on a thread of its own, Ruby on the calling one and on those of the
// pool for conditions, and the signals.
//
//   TERM, INT   no new connections; ends when the running sessions have, or after manager.stop_timeout; a second one
//               ends at once
//   HUP         reads the configuration anew, for new sessions; one with errors is refused
//   USR1        opens the log file anew
class Service {
 public:
  // Everything given must outlive it.
  Service(ruby::Interpreter& interpreter, ConfigSource& source, log::Logger& logger,
          std::shared_ptr<const config::Configuration> configuration, bool in_background);
  ~Service();

  // Starts the threads for conditions, and opens the listening socket. From then on a signal waits for run(): whoever reads the process's number from a file
  // may send one.
  Result<void> listen();
  // On the main thread; returns when the manager has been stopped. `abandon` is called instead, on another thread,
  // when Ruby code that can't be interrupted holds the main thread then: the process ends after it.
  void run(std::function<void()> abandon);

 private:
  proxy::ServerOptions server_options();
  void stop();
  void reload();
  void reloaded(const ruby::LoadOutcome& outcome);

  ruby::Interpreter& interpreter_;
  ConfigSource& source_;
  log::Logger& logger_;
  std::shared_ptr<const config::Configuration> configuration_;
  const bool in_background_;
  net::Loop loop_;
  ruby::ConditionPool pool_;
  Conditions conditions_;
  ConnectionChecks connection_checks_;
  proxy::Server server_;
  std::vector<std::unique_ptr<net::Signal>> signals_;
  int stop_signals_ = 0;
  bool reloading_ = false;
  bool reload_again_ = false;
};

}  // namespace milter_manager::daemon
