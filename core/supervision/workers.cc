// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/workers.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <utility>

namespace milter_manager::supervision {
namespace {

using Seconds = std::chrono::duration<double>;

// How many begin at the same time: more would only wait for the processors together.
constexpr std::size_t kStartsAtOnce = 8;
constexpr Seconds kStatusLimit{1};
// Reading a configuration takes as long as its Ruby takes.
constexpr Seconds kConfigureLimit{60};

}  // namespace

Workers::Workers(net::Loop& loop, log::Logger& logger, WorkersOptions options)
    : loop_(loop), logger_(logger), options_(std::move(options)), care_(loop, [this] { look_after(); }) {
  for (std::uint32_t i = 1; i <= options_.count; ++i) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->number = i;
  }
}

Workers::~Workers() { kill(); }

template <typename Visit>
void Workers::for_each(Visit visit) const {
  for (const auto& slot : slots_) {
    if (slot->process) visit(*slot->process);
  }
}

void Workers::start(std::string files, std::vector<int> sockets, Answer started) {
  files_ = std::move(files);
  sockets_ = std::move(sockets);
  started_ = std::move(started);
  care_.start_every(options_.care_interval);
  start_some();
}

// Those that neither run nor wait for their time, in order, as long as not too many are beginning.
void Workers::start_some() {
  std::size_t beginning = 0;
  for_each([&](const WorkerProcess& worker) { beginning += worker.serves() ? 0 : 1; });
  for (const auto& slot : slots_) {
    if (stopping_ || beginning >= kStartsAtOnce) return;
    if (slot->process || slot->pause) continue;
    start_one(*slot);
    ++beginning;
  }
}

void Workers::start_one(Slot& slot) {
  slot.pause.reset();
  auto process = WorkerProcess::start(loop_, slot.number, options_.program(slot.number), *this);
  if (!process) {
    logger_.log(log::Level::error,
                fmt::format("[worker][error] worker {}: {}", slot.number, process.error().message));
    if (started_) return tell_started(tl::unexpected(process.error()));
    slot.pause = std::make_unique<net::Timer>(loop_, [this, &slot] { start_one(slot); });
    slot.pause->start_after(slot.backoff.next(Seconds{0}));
    return;
  }
  slot.process = std::move(*process);
  slot.process->configure(files_);
  for (const std::string& milter : stopped_milters_) slot.process->tell(ToWorker::stop_milter, milter);
  if (!held_back_.empty()) slot.process->tell(ToWorker::hold_back, encode(held_back_));
  give_sockets(*slot.process);
}

// One that serves where nobody comes is of no use: another one takes its place.
void Workers::give_sockets(WorkerProcess& worker) {
  if (sockets_.empty()) return;
  const auto given = worker.listen_on(sockets_);
  if (given) return;
  logger_.log(log::Level::error,
              fmt::format("[worker][error] worker {} can't be given its sockets, and is to end: {}",
                          worker.number(), given.error().message));
  worker.signal(SIGTERM);
}

void Workers::worker_configured(WorkerProcess& worker, const std::string& error) {
  if (!error.empty() && !worker.serves()) {
    // It ends by itself; another one is started then.
    logger_.log(log::Level::error, fmt::format("[worker][error] worker {}: {}", worker.number(), error));
    if (started_) tell_started(failure(fmt::format("worker {}: {}", worker.number(), error)));
    return;
  }
  // An answer to an earlier question says nothing about this one.
  if (worker.is_configured()) {
    if (!error.empty()) refusals_.push_back(fmt::format("worker {}: {}", worker.number(), error));
    answer(configuring_, worker.pid());
  }
  start_some();
  const bool all_serve = std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot->process && slot->process->serves();
  });
  if (started_ && all_serve) tell_started({});
}

void Workers::tell_started(Result<void> result) {
  if (!result) stopping_ = true;
  // Not from within a worker's call: who is told may destroy us.
  loop_.post([started = std::exchange(started_, nullptr), result] { started(result); });
}

void Workers::configure(std::string files, Answer configured) {
  configuring_.end();
  files_ = std::move(files);
  stopped_milters_.clear();
  refusals_.clear();
  configured_ = std::move(configured);
  for_each([&](WorkerProcess& worker) { worker.configure(files_); });
  begin(configuring_, kConfigureLimit, [this] {
    for_each([&](const WorkerProcess& worker) {
      if (configuring_.waiting.count(worker.pid()) == 0) return;
      refusals_.push_back(fmt::format("worker {}: is still reading it", worker.number()));
    });
    std::string error;
    for (const std::string& refusal : refusals_) error += (error.empty() ? "" : "\n") + refusal;
    const Answer told = std::exchange(configured_, nullptr);
    told(error.empty() ? Result<void>() : failure(error));
  });
}

void Workers::listen_on(std::vector<int> sockets) {
  sockets_ = std::move(sockets);
  for_each([&](WorkerProcess& worker) { give_sockets(worker); });
}

void Workers::stop_milter(const std::string& milter) {
  stopped_milters_.insert(milter);
  for_each([&](WorkerProcess& worker) { worker.tell(ToWorker::stop_milter, milter); });
}

void Workers::hold_back(std::set<std::string> milters) {
  if (held_back_ == milters) return;
  held_back_ = std::move(milters);
  for_each([&](WorkerProcess& worker) { worker.tell(ToWorker::hold_back, encode(held_back_)); });
}

void Workers::reopen_logs() {
  for_each([](WorkerProcess& worker) { worker.tell(ToWorker::reopen_logs); });
}

void Workers::ask_status(std::function<void()> answered) {
  status_askers_.push_back(std::move(answered));
  if (status_askers_.size() > 1) return;  // asked already
  for_each([](WorkerProcess& worker) { worker.tell(ToWorker::report); });
  begin(reporting_, kStatusLimit, [this] {
    const auto askers = std::exchange(status_askers_, {});
    for (const auto& asker : askers) asker();
  });
}

void Workers::take_loads(std::function<void(std::vector<proxy::MilterLoad>)> taken) {
  loading_.end();
  loads_.clear();
  for_each([](WorkerProcess& worker) { worker.tell(ToWorker::take_loads); });
  begin(loading_, kStatusLimit, [this, taken = std::move(taken)] { taken(std::exchange(loads_, {})); });
}

void Workers::Question::end() {
  limit.reset();
  if (const auto told = std::exchange(answered, nullptr)) told();
}

// Asks those that serve now; told when each has answered or ended, or when the time is over; never within this call. One that is pending
// must have been ended.
void Workers::begin(Question& question, Seconds limit, std::function<void()> answered) {
  question.answered = std::move(answered);
  question.waiting.clear();
  for_each([&](const WorkerProcess& worker) {
    if (worker.serves()) question.waiting.insert(worker.pid());
  });
  question.limit = std::make_unique<net::Timer>(loop_, [&question] {
    const auto told = std::exchange(question.answered, nullptr);
    if (told) told();
  });
  question.limit->start_after(question.waiting.empty() ? Seconds{0} : limit);
}

void Workers::answer(Question& question, pid_t worker) {
  if (question.waiting.erase(worker) > 0 && question.waiting.empty() && question.answered) {
    question.limit->start_after(Seconds{0});
  }
}

void Workers::worker_reported(WorkerProcess& worker) { answer(reporting_, worker.pid()); }

void Workers::worker_took_loads(WorkerProcess& worker, std::vector<proxy::MilterLoad> loads) {
  if (loading_.waiting.count(worker.pid()) == 0) return;
  for (proxy::MilterLoad& load : loads) {
    const auto same = std::find_if(loads_.begin(), loads_.end(),
                                   [&](const proxy::MilterLoad& one) { return one.name == load.name; });
    if (same == loads_.end()) {
      loads_.push_back(std::move(load));
    } else {
      same->add(load);
    }
  }
  answer(loading_, worker.pid());
}

void Workers::worker_wants_milter(WorkerProcess&, const std::string& milter) {
  if (options_.start_milter) options_.start_milter(milter);
}

void Workers::worker_saw_answers(WorkerProcess&, const MilterAnswers& answers) {
  if (options_.saw_answers) options_.saw_answers(answers);
}

void Workers::worker_ended(WorkerProcess& worker, int status) {
  Slot& slot = *slots_[worker.number() - 1];
  const auto lived = loop_.now() - worker.started();
  const bool served = worker.serves();
  retire(worker);
  for (Question* question : {&configuring_, &reporting_, &loading_}) answer(*question, worker.pid());
  const auto ended = std::exchange(slot.process, nullptr);
  if (started_ && !served) {
    tell_started(
        failure(fmt::format("worker {} ended before it served: {}", slot.number, net::describe_end(status))));
  }
  if (!stopping_) replace(slot, status, lived);
  const bool last =
      std::none_of(slots_.begin(), slots_.end(), [](const auto& one) { return one->process != nullptr; });
  if (last && stopped_) loop_.post(std::exchange(stopped_, nullptr));
}

void Workers::replace(Slot& slot, int status, Seconds lived) {
  ++restarts_;
  const Seconds wait = slot.backoff.next(lived);
  logger_.log(log::Level::error,
              fmt::format("[worker][ended] worker {} ended: {}; another one is started {}", slot.number,
                          net::describe_end(status),
                          wait.count() > 0 ? fmt::format("in {:g} s", wait.count()) : "now"));
  slot.pause = std::make_unique<net::Timer>(loop_, [this, &slot] {
    if (!stopping_) start_one(slot);
  });
  slot.pause->start_after(wait);
}

// What it has counted stays counted.
void Workers::retire(const WorkerProcess& worker) {
  const auto& status = worker.status();
  if (!status) return;
  retired_.sessions += status->sessions_finished;
  retired_.log_lines += status->log_lines;
  retired_.log_dropped += status->log_dropped;
  const Measurements& measurements = options_.measurements;
  if (measurements.add && measurements.remains) {
    retired_.measurements =
        measurements.add(retired_.measurements, measurements.remains(status->measurements));
  }
}

void Workers::add_to(Snapshot& snapshot) const {
  snapshot.worker_restarts = restarts_;
  snapshot.sessions_finished += retired_.sessions;
  snapshot.log_lines += retired_.log_lines;
  snapshot.log_dropped += retired_.log_dropped;
  const auto& add = options_.measurements.add;
  if (add) snapshot.measurements = add(snapshot.measurements, retired_.measurements);
  for_each([&](const WorkerProcess& worker) {
    if (!worker.status()) return;
    const ProcessStatus& status = *worker.status();
    snapshot.processes.push_back(status);
    snapshot.sessions_finished += status.sessions_finished;
    snapshot.log_lines += status.log_lines;
    snapshot.log_dropped += status.log_dropped;
    snapshot.sessions_open += status.sessions_open;
    snapshot.children_open += status.children_open;
    snapshot.log_waiting += status.log_waiting;
    if (add) snapshot.measurements = add(snapshot.measurements, status.measurements);
  });
}

// A loop that does not turn serves nobody, and nobody but us would ever notice.
void Workers::look_after() {
  for_each([&](WorkerProcess& worker) {
    if (worker.silent_rounds() * options_.care_interval >= options_.silence_limit) {
      logger_.log(log::Level::critical,
                  fmt::format("[worker][stuck] worker {} has not answered for {:g} s: it is ended",
                              worker.number(), options_.silence_limit.count()));
      worker.signal(SIGKILL);
      return;
    }
    worker.begin_round();
    if (worker.serves()) worker.tell(ToWorker::report);
  });
}

void Workers::stop(std::function<void()> stopped) {
  stopping_ = true;
  started_ = nullptr;
  bool any = false;
  for (const auto& slot : slots_) slot->pause.reset();
  for_each([&](WorkerProcess& worker) {
    any = true;
    if (worker.serves()) {
      worker.tell(ToWorker::stop);
    } else {
      worker.signal(SIGKILL);  // it has nobody to serve yet
    }
  });
  stopped_ = std::move(stopped);
  if (!any) loop_.post(std::exchange(stopped_, nullptr));
}

void Workers::hurry() {
  for_each([](WorkerProcess& worker) { worker.tell(ToWorker::hurry); });
}

void Workers::kill() {
  for_each([](WorkerProcess& worker) { worker.signal(SIGKILL); });
}

}  // namespace milter_manager::supervision
