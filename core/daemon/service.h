// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/daemon/conditions.h"
#include "core/daemon/config_source.h"
#include "core/daemon/connection_checks.h"
#include "core/log/logger.h"
#include "core/metrics/event_counter.h"
#include "core/net/descriptor.h"
#include "core/net/loop.h"
#include "core/proxy/clock.h"
#include "core/proxy/server.h"
#include "core/result.h"
#include "core/ruby/condition_pool.h"
#include "core/ruby/interpreter.h"
#include "core/supervision/breakers.h"
#include "core/supervision/evaluation.h"
#include "core/supervision/freed_memory.h"
#include "core/supervision/manager.h"
#include "core/supervision/snapshot.h"

namespace milter_manager::daemon {

struct ServiceOptions {
  bool in_background = false;
  std::uint32_t worker = 0;  // 1 to n_workers; 0: the only process
  std::uint32_t n_workers = 0;
  supervision::MilterStarter start_milter;  // empty: nobody can start a milter's command
  // Told what milters with a circuit breaker answer, by who judges for all processes and calls hold_back(); empty: the service judges.
  std::function<void(std::string_view milter, bool rejected)> saw_answer;
};

// Serving: the event loop with the proxy on a thread of its own, Ruby on the calling one and on those of the pool for
// conditions. The same in a worker and where there is one process only; what tells it to stop or reload is somebody else
// (single_process.h, worker.h).
class Service {
 public:
  // Everything given must outlive it.
  Service(ruby::Interpreter& interpreter, ConfigSource& source, log::Logger& logger,
          std::shared_ptr<const config::Configuration> configuration, ServiceOptions options);
  ~Service();

  net::Loop& loop() { return loop_; }

  // On the main thread, once, before anybody is told that the service is there: starts the threads for conditions.
  Result<void> start();
  // On the main thread, after start(). Runs the loop, and returns when the service has been stopped.
  // `abandon` is called instead, on another thread, when Ruby code that can't be interrupted holds the main thread then: the process
  // ends after it.
  void run(std::function<void()> abandon);

  // The rest on the loop's thread, or before run().

  // See proxy::Server::listen_on().
  void listen_on(std::vector<net::Descriptor> sockets, std::chrono::duration<double> linger);

  // Graceful, at the first call; the second one asks the proxy to hurry, which takes it a second at most; the third does not
  // even wait for that.
  void stop();
  bool is_stopping() const { return stops_ > 0; }

  // Reads the configuration anew: what the files say now, or what `files` hold. The answer comes on the loop when new sessions take it; an
  // error, of one line a problem, when it has errors: the old one stays.
  using Answer = std::function<void(Result<void>)>;
  void reload(std::optional<supervision::ConfigurationFiles> files, Answer answer);
  bool is_reloading() const { return reloading_.has_value(); }
  // New sessions leave that milter out until the next reload has been read.
  Result<void> stop_milter(const std::string& name);
  // These milters' circuit breakers are open, and no others.
  void hold_back(std::set<std::string> milters);

  std::shared_ptr<const config::Configuration> configuration() const { return configuration_; }
  supervision::ProcessStatus status() const;
  // Where the service judges.
  std::vector<supervision::BreakerStatus> breakers() const { return breakers_.status(); }
  proxy::ServerCounters counters() const { return server_.counters(); }
  std::vector<proxy::MilterLoad> take_loads() { return server_.take_loads(); }

 private:
  struct Reload {
    std::optional<supervision::ConfigurationFiles> files;
    std::vector<Answer> answers;
  };

  proxy::ServerOptions server_options();
  void read(const std::optional<supervision::ConfigurationFiles>& files);
  void reloaded(const ruby::LoadOutcome& outcome);
  void use(std::shared_ptr<const config::Configuration> configuration);
  void watch_breakers();
  void count(const statistics::Event& event);

  ruby::Interpreter& interpreter_;
  ConfigSource& source_;
  log::Logger& logger_;
  const ServiceOptions options_;
  const double started_at_;
  std::shared_ptr<const config::Configuration> configuration_;  // as it was read
  std::set<std::string> stopped_milters_;
  net::Loop loop_;
  supervision::FreedMemory freed_memory_;
  metrics::EventCounter counter_;
  supervision::Breakers breakers_;
  std::set<std::string> watched_;    // milters with a circuit breaker
  std::set<std::string> held_back_;  // of these, whose is open
  ruby::ConditionPool pool_;
  Conditions conditions_;
  ConnectionChecks connection_checks_;
  proxy::SteppedTags tags_;
  proxy::Server server_;
  int stops_ = 0;
  std::optional<Reload> reloading_;  // what is being read
  std::optional<Reload> next_;       // asked for meanwhile
};

}  // namespace milter_manager::daemon
