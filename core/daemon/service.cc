// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/service.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "core/daemon/messages.h"

namespace milter_manager::daemon {
namespace {

// How long a reload that is being read may still hold up the end.
constexpr std::chrono::seconds kRubyGrace{5};
// How long the threads of conditions have to end.
constexpr std::chrono::seconds kThreadsGrace{2};

}  // namespace

Service::Service(ruby::Interpreter& interpreter, ConfigSource& source, log::Logger& logger,
                 std::shared_ptr<const config::Configuration> configuration, bool in_background)
    : interpreter_(interpreter),
      source_(source),
      logger_(logger),
      configuration_(std::move(configuration)),
      in_background_(in_background),
      pool_(loop_,
            [this](std::string_view level, std::string_view text) { log_named(logger_, level, text); }),
      conditions_(loop_, logger_, pool_),
      connection_checks_(loop_, pool_),
      server_(loop_, logger_, configuration_, server_options()) {
  conditions_.use(configuration_);
  conditions_.count_sessions_by([this] { return server_.counters().sessions_open; });
}

Service::~Service() = default;

proxy::ServerOptions Service::server_options() {
  proxy::ServerOptions options;
  options.conditions = &conditions_;
  options.connection_checker = &connection_checks_;
  options.maintain = [this] { pool_.maintain(configuration_->generation); };
  return options;
}

Result<void> Service::listen() {
  if (auto done = pool_.start(); !done) return done;
  if (auto done = server_.listen(); !done) return done;
  const auto take = [this](int number, std::function<void()> received) {
    signals_.push_back(std::make_unique<net::Signal>(loop_, number, std::move(received)));
  };
  take(SIGTERM, [this] { stop(); });
  take(SIGINT, [this] { stop(); });
  take(SIGHUP, [this] { reload(); });
  take(SIGUSR1, [this] { logger_.reopen(); });
  return {};
}

void Service::run(std::function<void()> abandon) {
  pool_.begin(configuration_->generation);
  std::promise<void> main_is_free;
  std::thread loop_thread([this, &abandon, freed = main_is_free.get_future()] {
    loop_.run();
    interpreter_.stop();
    if (freed.wait_for(kRubyGrace) == std::future_status::ready) return;
    logger_.log(log::Level::error, "[configuration][error] a reload that does not end is abandoned");
    abandon();
    logger_.flush(std::chrono::seconds(1));
    ::_exit(0);
  });
  interpreter_.run_until_stopped();
  const bool threads_ended = pool_.stop(kThreadsGrace);
  main_is_free.set_value();
  loop_thread.join();
  if (!threads_ended) {
    // Ruby's end would wait for them.
    logger_.log(log::Level::error, "[condition][error] a thread that does not end is abandoned");
    abandon();
    logger_.flush(std::chrono::seconds(1));
    ::_exit(0);
  }
  signals_.clear();  // what still holds up the end may be ended by one
}

void Service::stop() {
  const int signals = ++stop_signals_;
  // The second one asks the proxy to hurry, which takes it a second at most; the third does not even wait for that.
  if (signals > 2) return loop_.stop();
  server_.stop([this] { loop_.stop(); });
}

void Service::reload() {
  if (stop_signals_ > 0) return;
  if (reloading_) {
    // What the person changed meanwhile may have been read already, or not.
    reload_again_ = true;
    return;
  }
  reloading_ = true;
  interpreter_.post([this] {
    const ruby::LoadOutcome outcome = source_.load();
    log_problems(logger_, outcome.problems);
    if (!outcome.has_errors()) {
      std::vector<std::string> warnings;
      if (auto used = logger_.use(log_settings(*outcome.configuration, in_background_, warnings)); !used) {
        logger_.log(log::Level::error, used.error().message);
      }
      for (const std::string& warning : warnings) logger_.log(log::Level::warning, warning);
    }
    loop_.post([this, outcome] { reloaded(outcome); });
  });
}

void Service::reloaded(const ruby::LoadOutcome& outcome) {
  reloading_ = false;
  if (outcome.has_errors()) {
    logger_.log(log::Level::error,
                "[configuration][reload][error] the configuration has errors: the old one stays");
  } else {
    configuration_ = outcome.configuration;
    conditions_.use(configuration_);
    server_.use(configuration_);
    logger_.log(log::Level::info, "[configuration][reload] the new configuration holds for new sessions");
  }
  if (std::exchange(reload_again_, false)) reload();
}

}  // namespace milter_manager::daemon
