// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/supervisor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "core/statistics/event.h"

namespace milter_manager::supervision {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kHeartbeatInterval{60};
// What a worker may need beyond manager.stop_timeout: the sessions' last answers, and threads of Ruby that don't end.
constexpr Seconds kEndingTime{10};

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Supervisor::Supervisor(net::Loop& loop, log::Logger& logger, Evaluation first, ListeningSockets sockets,
                       SupervisorOptions options)
    : loop_(loop),
      logger_(logger),
      options_(std::move(options)),
      configuration_(std::move(first.configuration)),
      files_(std::move(first.files)),
      sockets_(loop, logger, std::move(sockets), [this](const ListeningSockets& those) { pass_on(those); }),
      workers_(loop, logger,
               {configuration_->manager.n_workers, options_.worker, options_.measurements,
                [this](const std::string& milter) {
                  if (options_.start_milter) options_.start_milter(milter);
                },
                [this](const MilterAnswers& answers) { count(answers); }}),
      breakers_(logger),
      main_(loop, logger, *this, [this](int nth) { stop(nth); }),
      started_at_(unix_time()),
      configured_at_(started_at_),
      freed_memory_(loop),
      stop_limit_(loop,
                  [this] {
                    logger_.log(log::Level::error, "[worker][error] workers that don't end are killed");
                    workers_.kill();
                  }),
      heartbeat_(loop, [this] { beat(); }),
      last_beat_(loop.now()) {
  breakers_.use(*configuration_);
}

Supervisor::~Supervisor() = default;

void Supervisor::start(Answer started) {
  heartbeat_.start_every(kHeartbeatInterval);
  workers_.start(encode(files_), sockets_.sockets().descriptors(),
                 [this, started = std::move(started)](Result<void> result) {
                   if (result) main_.serving();
                   started(result);
                   if (!result) stop(1);
                 });
}

void Supervisor::pass_on(const ListeningSockets& sockets) { workers_.listen_on(sockets.descriptors()); }

void Supervisor::stop(int nth) {
  if (nth == 2) return workers_.hurry();
  if (nth > 2) return workers_.kill();
  if (main_.is_stopping()) return;
  const Seconds limit = configuration_->manager.stop_timeout + kEndingTime;
  main_.stopping(limit);
  evaluator_.reset();
  end_reload(false, failure("the manager is stopping"));
  sockets_.close();
  stop_limit_.start_after(limit);
  workers_.stop([this] { loop_.stop(); });
}

void Supervisor::take_snapshot(SnapshotAnswer answer) {
  workers_.ask_status([this, answer = std::move(answer)] {
    Snapshot snapshot;
    snapshot.pid = ::getpid();
    snapshot.started_at = started_at_;
    snapshot.n_workers = configuration_->manager.n_workers;
    snapshot.reloads = reloads_;
    snapshot.failed_reloads = failed_reloads_;
    snapshot.configured_at = configured_at_;
    snapshot.connection_spec = sockets_.sockets().spec();
    snapshot.log_lines = logger_.lines();
    snapshot.log_dropped = logger_.dropped();
    snapshot.log_waiting = logger_.waiting_bytes();
    snapshot.breakers = breakers_.status();
    workers_.add_to(snapshot);
    answer(snapshot);
  });
}

void Supervisor::reload(Answer answer) {
  if (main_.is_stopping()) {
    return loop_.post([answer = std::move(answer)] { answer(failure("the manager is stopping")); });
  }
  if (reloading_) {
    // What the person changed meanwhile may have been read already, or not.
    next_askers_.push_back(std::move(answer));
    return;
  }
  reloading_ = true;
  askers_.push_back(std::move(answer));
  main_.reload_began();
  evaluate();
}

void Supervisor::evaluate() {
  evaluator_ = std::make_unique<Evaluator>(loop_, options_.evaluator(), [this](Result<Evaluation> result) {
    // The evaluator ends with this call.
    const auto done = std::move(evaluator_);
    evaluated(std::move(result));
  });
}

void Supervisor::evaluated(Result<Evaluation> result) {
  if (!result) {
    logger_.log(log::Level::error,
                fmt::format("[configuration][reload][error] {}: the old one stays", result.error().message));
    return refuse(result.error().message);
  }
  for (const config::Problem& problem : result->problems) {
    const bool is_error = problem.severity == config::Problem::Severity::error;
    logger_.log(
        is_error ? log::Level::error : log::Level::warning,
        fmt::format("[configuration][{}] {}", is_error ? "error" : "warning", config::format(problem)));
  }
  if (result->has_errors()) {
    logger_.log(log::Level::error,
                "[configuration][reload][error] the configuration has errors: the old one stays");
    return refuse(result->errors());
  }
  take_over(std::move(*result));
}

void Supervisor::refuse(const std::string& why) {
  ++failed_reloads_;
  end_reload(false, failure(why));
}

void Supervisor::take_over(Evaluation evaluation) {
  const auto configuration = evaluation.configuration;
  if (configuration->manager.n_workers != configuration_->manager.n_workers) {
    logger_.log(log::Level::warning,
                fmt::format("[configuration][reload][warning] manager.n_workers is {} at the next start; it "
                            "stays {} until then",
                            configuration->manager.n_workers, configuration_->manager.n_workers));
    auto kept = std::make_shared<config::Configuration>(*configuration);
    kept->manager.n_workers = configuration_->manager.n_workers;
    configuration_ = std::move(kept);
  } else {
    configuration_ = configuration;
  }
  files_ = std::move(evaluation.files);
  configured_at_ = unix_time();
  ++reloads_;
  std::vector<std::string> warnings;
  if (auto used = logger_.use(options_.log_settings(*configuration_, warnings)); !used) {
    logger_.log(log::Level::error, used.error().message);
  }
  for (const std::string& warning : warnings) logger_.log(log::Level::warning, warning);
  breakers_.use(*configuration_);
  workers_.hold_back(breakers_.open());
  workers_.configure(encode(files_), [this](Result<void> configured) {
    if (main_.is_stopping()) return;
    sockets_.follow(configuration_, [this, configured = std::move(configured)](Result<void> listening) {
      if (main_.is_stopping()) return;
      if (!listening) logger_.log(log::Level::error, listening.error().message);
      if (!configured) logger_.log(log::Level::error, configured.error().message);
      logger_.log(log::Level::info, "[configuration][reload] the new configuration holds for new sessions");
      end_reload(true, configured ? listening : configured);
    });
  });
}

void Supervisor::end_reload(bool took_effect, const Result<void>& result) {
  if (!std::exchange(reloading_, false)) return;
  const auto askers = std::exchange(askers_, std::exchange(next_askers_, {}));
  main_.reload_ended(took_effect);
  for (const Answer& asker : askers) asker(result);
  if (askers_.empty() || main_.is_stopping()) return;
  reloading_ = true;
  main_.reload_began();
  evaluate();
}

void Supervisor::stop_milter(const std::string& name, Answer answer) {
  Result<void> result;
  if (reloading_) {
    result = failure(kReadingConfiguration);
  } else if (config::find_milter(*configuration_, name) == nullptr) {
    result = failure(fmt::format("there is no milter <{}>", name));
  } else {
    workers_.stop_milter(name);
  }
  loop_.post([answer = std::move(answer), result] { answer(result); });
}

void Supervisor::count(const MilterAnswers& answers) {
  bool changed = false;
  for (const auto& [milter, words] : answers) {
    for (const char word : words) changed = breakers_.count(milter, word == '1') || changed;
  }
  if (changed) workers_.hold_back(breakers_.open());
}

void Supervisor::reopen_logs() {
  logger_.reopen();
  workers_.reopen_logs();
}

// The milters' lines are of all workers together; each worker has a heartbeat of its own.
void Supervisor::beat() {
  workers_.take_loads([this](std::vector<proxy::MilterLoad> loads) {
    const double epoch = unix_time();
    for (const proxy::MilterLoad& load : loads) logger_.report(load.event(epoch));
    const auto now = loop_.now();
    statistics::Heartbeat heartbeat;
    heartbeat.span = Seconds(now - std::exchange(last_beat_, now)).count();
    heartbeat.epoch = epoch;
    heartbeat.lines = logger_.lines();
    heartbeat.dropped = logger_.dropped();
    logger_.report(heartbeat);
  });
}

}  // namespace milter_manager::supervision
