// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/log/logger.h"
#include "core/log/settings.h"
#include "core/net/loop.h"
#include "core/net/timer.h"
#include "core/supervision/breakers.h"
#include "core/supervision/evaluation.h"
#include "core/supervision/evaluator.h"
#include "core/supervision/freed_memory.h"
#include "core/supervision/listening_sockets.h"
#include "core/supervision/main_process.h"
#include "core/supervision/manager.h"
#include "core/supervision/measurements.h"
#include "core/supervision/socket_keeper.h"
#include "core/supervision/workers.h"

namespace milter_manager::supervision {

struct SupervisorOptions {
  // Programs, without descriptors.
  std::function<net::Program(std::uint32_t number)> worker;
  std::function<net::Program()> evaluator;
  Measurements measurements;
  // Starts a milter's command; empty: nobody can.
  MilterStarter start_milter;
  // How a configuration wants things logged.
  std::function<log::Settings(const config::Configuration&, std::vector<std::string>& warnings)> log_settings;
};

// The main process of a manager with workers. It has no Ruby and serves nobody: a fault in what somebody else sends, or in what
// a configuration does, is a worker's, and ends a worker.
class Supervisor final : public Manager {
 public:
  // `first` is the evaluation that it starts with. All by reference must outlive it.
  Supervisor(net::Loop& loop, log::Logger& logger, Evaluation first, ListeningSockets sockets,
             SupervisorOptions options);
  ~Supervisor() override;

  MainProcess& main_process() { return main_; }

  // Starts the workers. `started` is told when all serve, or why not: nothing is left running then, and the loop stops. It may call
  // stop() where the start fails otherwise.
  void start(Answer started);
  // Graceful; as often as there are signals. Stops the loop in the end.
  void stop(int nth);

  std::shared_ptr<const config::Configuration> configuration() const override { return configuration_; }
  std::vector<std::string> load_paths() const override { return files_.load_paths; }
  void take_snapshot(SnapshotAnswer answer) override;
  void reload(Answer answer) override;
  void stop_milter(const std::string& name, Answer answer) override;
  void reopen_logs() override;

 private:
  void evaluate();
  void evaluated(Result<Evaluation> result);
  void refuse(const std::string& why);
  void take_over(Evaluation evaluation);
  void end_reload(bool took_effect, const Result<void>& result);
  void pass_on(const ListeningSockets& sockets);
  void beat();
  void count(const MilterAnswers& answers);

  net::Loop& loop_;
  log::Logger& logger_;
  const SupervisorOptions options_;
  std::shared_ptr<const config::Configuration> configuration_;
  ConfigurationFiles files_;
  SocketKeeper sockets_;
  Workers workers_;
  Breakers breakers_;
  MainProcess main_;

  std::unique_ptr<Evaluator> evaluator_;
  bool reloading_ = false;
  std::vector<Answer> askers_;       // of the reload that runs
  std::vector<Answer> next_askers_;  // of one that is to follow it
  std::uint64_t reloads_ = 0;
  std::uint64_t failed_reloads_ = 0;
  const double started_at_;
  double configured_at_;

  FreedMemory freed_memory_;
  net::Timer stop_limit_;
  net::Timer heartbeat_;
  std::chrono::steady_clock::time_point last_beat_;
};

}  // namespace milter_manager::supervision
