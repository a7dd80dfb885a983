// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/service.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <iterator>
#include <thread>
#include <utility>

#include "core/daemon/messages.h"
#include "core/metrics/counts.h"
#include "core/proxy/circuit_breaker.h"
#include "core/supervision/evaluation.h"

namespace milter_manager::daemon {
namespace {

// How long a reload that is being read may still hold up the end.
constexpr std::chrono::seconds kRubyGrace{5};
// How long the threads of conditions have to end.
constexpr std::chrono::seconds kThreadsGrace{2};

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The configuration without some milters, and with some whose verdicts do not count. It keeps the whole one, whose blocks its conditions are.
std::shared_ptr<const config::Configuration> altered(
    const std::shared_ptr<const config::Configuration>& configuration, const std::set<std::string>& stopped,
    const std::set<std::string>& held_back) {
  if (stopped.empty() && held_back.empty()) return configuration;
  auto changed = std::make_unique<config::Configuration>(*configuration);
  for (config::Milter& milter : changed->milters) {
    if (stopped.count(milter.name) > 0) milter.enabled = false;
    if (held_back.count(milter.name) == 0) continue;
    if (milter.circuit_breaker_defers) {
      milter.deferring = true;
    } else {
      milter.evaluation_mode = true;
      milter.enforcement_share.reset();
    }
  }
  return {changed.release(), [configuration](const config::Configuration* one) { delete one; }};
}

supervision::MilterStatus status_of(const config::Milter& milter, bool stopped,
                                    const std::vector<proxy::MilterStanding>& standings) {
  using State = supervision::MilterStatus::State;
  supervision::MilterStatus status;
  status.name = milter.name;
  if (stopped || !milter.enabled) status.state = stopped ? State::stopped : State::disabled;
  for (const proxy::MilterStanding& standing : standings) {
    if (standing.name != milter.name) continue;
    if (standing.tried) status.state = standing.dead ? State::unreachable : State::reachable;
    status.open = standing.open;
    status.last_error = standing.last_error;
    status.last_error_at = standing.last_error_at;
  }
  return status;
}

}  // namespace

Service::Service(ruby::Interpreter& interpreter, ConfigSource& source, log::Logger& logger,
                 std::shared_ptr<const config::Configuration> configuration, ServiceOptions options)
    : interpreter_(interpreter),
      source_(source),
      logger_(logger),
      options_(std::move(options)),
      started_at_(unix_time()),
      configuration_(std::move(configuration)),
      freed_memory_(loop_),
      breakers_(logger_),
      pool_(loop_,
            [this](std::string_view level, std::string_view text) { log_named(logger_, level, text); }),
      conditions_(loop_, logger_, pool_),
      connection_checks_(loop_, pool_),
      tags_(options_.worker > 0 ? options_.worker - 1 : 0, options_.worker > 0 ? options_.n_workers : 1),
      server_(loop_, logger_, configuration_, server_options()) {
  conditions_.use(configuration_);
  watch_breakers();
  conditions_.count_sessions_by([this] { return server_.counters().sessions_open; });
}

Service::~Service() = default;

proxy::ServerOptions Service::server_options() {
  proxy::ServerOptions options;
  options.conditions = &conditions_;
  options.connection_checker = &connection_checks_;
  options.tags = &tags_;
  options.on_event = [this](const statistics::Event& event) { count(event); };
  options.maintain = [this] { pool_.maintain(configuration_->generation); };
  if (options_.start_milter) {
    options.start_milter = [this](const config::Milter& milter) {
      const bool started = options_.start_milter(milter.name);
      counter_.count_start(milter.name, started);
      return started;
    };
  }
  if (options_.worker > 0) {
    options.n_processes = options_.n_workers;
    options.write_load = false;
  }
  return options;
}

void Service::listen_on(std::vector<net::Descriptor> sockets, std::chrono::duration<double> linger) {
  if (!is_stopping()) server_.listen_on(std::move(sockets), linger);
}

Result<void> Service::start() {
  if (auto started = pool_.start(); !started) return started;
  pool_.begin(configuration_->generation);
  return {};
}

void Service::run(std::function<void()> abandon) {
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
}

void Service::stop() {
  if (++stops_ > 2) return loop_.stop();
  server_.stop([this] { loop_.stop(); });
}

void Service::reload(std::optional<supervision::ConfigurationFiles> files, Answer answer) {
  if (is_stopping()) {
    return loop_.post([answer = std::move(answer)] { answer(failure("the manager is stopping")); });
  }
  auto& reload = reloading_ ? next_ : reloading_;
  const bool begins = !reloading_;
  // What the person changed meanwhile may have been read already, or not: then it is read once more.
  if (!reload) reload.emplace();
  reload->files = std::move(files);
  reload->answers.push_back(std::move(answer));
  if (begins) read(reload->files);
}

void Service::read(const std::optional<supervision::ConfigurationFiles>& files) {
  interpreter_.post([this, files] {
    const ruby::LoadOutcome outcome = files ? source_.replay(*files) : source_.load();
    // Who gave us files has told what is wrong in them.
    if (!files) log_problems(logger_, outcome.problems);
    if (!outcome.has_errors()) {
      std::vector<std::string> warnings;
      if (auto used = logger_.use(log_settings(*outcome.configuration, options_.in_background, warnings));
          !used) {
        logger_.log(log::Level::error, used.error().message);
      }
      for (const std::string& warning : warnings) logger_.log(log::Level::warning, warning);
    }
    loop_.post([this, outcome] { reloaded(outcome); });
  });
}

void Service::reloaded(const ruby::LoadOutcome& outcome) {
  Result<void> result;
  if (outcome.has_errors()) {
    result = failure(errors_of(outcome));
    logger_.log(log::Level::error,
                "[configuration][reload][error] the configuration has errors: the old one stays");
  } else {
    stopped_milters_.clear();
    configuration_ = outcome.configuration;
    watch_breakers();
    use(configuration_);
    logger_.log(log::Level::info, "[configuration][reload] the new configuration holds for new sessions");
  }
  const Reload done = std::move(*reloading_);
  reloading_ = std::exchange(next_, std::nullopt);
  if (reloading_) read(reloading_->files);
  for (const Answer& answer : done.answers) answer(result);
}

void Service::use(std::shared_ptr<const config::Configuration> configuration) {
  configuration_ = std::move(configuration);
  const auto in_force = altered(configuration_, stopped_milters_, held_back_);
  conditions_.use(in_force);
  server_.use(in_force);
}

Result<void> Service::stop_milter(const std::string& name) {
  if (config::find_milter(*configuration_, name) == nullptr) {
    return failure(fmt::format("there is no milter <{}>", name));
  }
  stopped_milters_.insert(name);
  use(configuration_);
  logger_.log(log::Level::message, fmt::format("[milter][stop] new sessions leave it out: {}", name));
  return {};
}

void Service::watch_breakers() {
  watched_.clear();
  for (const config::Milter& milter : configuration_->milters) {
    if (milter.enabled && milter.circuit_breaker) watched_.insert(milter.name);
  }
  if (options_.saw_answer) return;
  breakers_.use(*configuration_);
  held_back_ = breakers_.open();
}

void Service::hold_back(std::set<std::string> milters) {
  held_back_ = std::move(milters);
  use(configuration_);
}

void Service::count(const statistics::Event& event) {
  counter_.count(event);
  if (watched_.empty()) return;
  const auto answer = proxy::answer_in(event);
  if (!answer || watched_.count(std::string(answer->milter)) == 0) return;
  if (options_.saw_answer) return options_.saw_answer(answer->milter, answer->rejected);
  if (!breakers_.count(answer->milter, answer->rejected)) return;
  // The session that reports this is in the middle of something.
  loop_.post([this] { hold_back(breakers_.open()); });
}

supervision::ProcessStatus Service::status() const {
  const proxy::ServerCounters counters = server_.counters();
  metrics::Standing standing{counters, server_.milters(), pool_.pending(), server_.unsent_bytes()};
  supervision::ProcessStatus status;
  status.worker = options_.worker;
  status.pid = ::getpid();
  status.started_at = started_at_;
  status.sessions_finished = counters.sessions_finished;
  status.sessions_open = counters.sessions_open;
  status.children_open = counters.children_open;
  status.max_connections = counters.max_connections;
  status.accepting = counters.accepting;
  status.log_lines = logger_.lines();
  status.log_dropped = logger_.dropped();
  status.log_waiting = logger_.waiting_bytes();
  for (const config::Milter& milter : configuration_->milters) {
    status.milters.push_back(status_of(milter, stopped_milters_.count(milter.name) > 0, standing.milters));
  }
  metrics::Counts counts = counter_.counts();
  metrics::add_standing(standing, counts);
  status.measurements = metrics::encode(counts);
  return status;
}

}  // namespace milter_manager::daemon
