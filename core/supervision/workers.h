// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/log/logger.h"
#include "core/net/child_process.h"
#include "core/net/loop.h"
#include "core/net/timer.h"
#include "core/result.h"
#include "core/supervision/backoff.h"
#include "core/supervision/evaluation.h"
#include "core/supervision/measurements.h"
#include "core/supervision/worker_process.h"

namespace milter_manager::supervision {

struct WorkersOptions {
  std::uint32_t count = 1;
  // The program of worker `number`, 1 to count.
  std::function<net::Program(std::uint32_t number)> program;
  Measurements measurements;
  // For a milter's name that a worker wants started.
  std::function<void(const std::string& milter)> start_milter;
  // For what the milters with a circuit breaker have answered.
  std::function<void(const MilterAnswers& answers)> saw_answers;
  // How often workers are looked after, and how long one may say nothing before it is ended, in whole rounds of that: a loop that
  // turns answers within milliseconds.
  std::chrono::duration<double> care_interval{10};
  std::chrono::duration<double> silence_limit{60};
};

// The manager's workers: keeps as many running as there should be, tells all of them the same, and adds up what they count, ended
// ones included.
//
// One that ends is replaced: at once if it has lived for a while, else with a growing pause. One that can't take a configuration at
// its start ends by itself; one that is not heard of is ended.
class Workers final : WorkerOwner {
 public:
  using Answer = std::function<void(Result<void>)>;

  Workers(net::Loop& loop, log::Logger& logger, WorkersOptions options);
  ~Workers() override;

  // Starts them all with this configuration, at these sockets (which must stay open). `started` is told when each serves, or
  // when one has ended before it did; that one is the error, and none is replaced then.
  void start(std::string files, std::vector<int> sockets, Answer started);
  // Goes over to another configuration; told once all have answered. Who can't take it keeps the old one; the error says who.
  void configure(std::string files, Answer configured);
  // Goes over to other sockets.
  void listen_on(std::vector<int> sockets);
  void stop_milter(const std::string& milter);
  // These milters' circuit breakers are open, also for workers to come.
  void hold_back(std::set<std::string> milters);
  void reopen_logs();

  // Asks all for their status; told when they have answered, or after a second.
  void ask_status(std::function<void()> answered);
  // Fills in what the workers contribute.
  void add_to(Snapshot& snapshot) const;
  // The milters' loads of all workers since the last time, by milter; told as ask_status() is.
  void take_loads(std::function<void(std::vector<proxy::MilterLoad>)> taken);

  // No replacements any more; told when the last worker has ended.
  void stop(std::function<void()> stopped);
  void hurry();
  void kill();

 private:
  struct Slot {
    std::uint32_t number = 0;
    std::unique_ptr<WorkerProcess> process;
    Backoff backoff;
    std::unique_ptr<net::Timer> pause;
  };
  // Something that all workers are to answer.
  struct Question {
    std::set<pid_t> waiting;
    std::function<void()> answered;
    std::unique_ptr<net::Timer> limit;

    // With what has been answered by now.
    void end();
  };

  void worker_configured(WorkerProcess& worker, const std::string& error) override;
  void worker_reported(WorkerProcess& worker) override;
  void worker_took_loads(WorkerProcess& worker, std::vector<proxy::MilterLoad> loads) override;
  void worker_wants_milter(WorkerProcess& worker, const std::string& milter) override;
  void worker_saw_answers(WorkerProcess& worker, const MilterAnswers& answers) override;
  void worker_ended(WorkerProcess& worker, int status) override;

  void start_some();
  void start_one(Slot& slot);
  void give_sockets(WorkerProcess& worker);
  void tell_started(Result<void> result);
  void retire(const WorkerProcess& worker);
  void replace(Slot& slot, int status, std::chrono::duration<double> lived);
  void look_after();
  void begin(Question& question, std::chrono::duration<double> limit, std::function<void()> answered);
  void answer(Question& question, pid_t worker);
  template <typename Visit>
  void for_each(Visit visit) const;

  net::Loop& loop_;
  log::Logger& logger_;
  const WorkersOptions options_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::string files_;
  std::vector<int> sockets_;
  std::set<std::string> stopped_milters_;
  std::set<std::string> held_back_;

  Answer started_;  // set while the first ones start
  Question configuring_, reporting_, loading_;
  Answer configured_;
  std::vector<std::string> refusals_;
  std::vector<std::function<void()>> status_askers_;
  std::vector<proxy::MilterLoad> loads_;

  // Of those that have ended.
  struct {
    std::uint64_t sessions = 0, log_lines = 0, log_dropped = 0;
    std::string measurements;
  } retired_;
  std::uint64_t restarts_ = 0;

  bool stopping_ = false;
  std::function<void()> stopped_;
  net::Timer care_;
};

}  // namespace milter_manager::supervision
