// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/child_process.h"
#include "core/net/descriptor.h"
#include "core/net/loop.h"
#include "core/proxy/load.h"
#include "core/result.h"
#include "core/supervision/channel.h"
#include "core/supervision/snapshot.h"
#include "core/supervision/worker_messages.h"

namespace milter_manager::supervision {

class WorkerProcess;

// Who looks after workers. Calls come on the loop; a worker may be destroyed within ended() only.
class WorkerOwner {
 public:
  virtual ~WorkerOwner() = default;
  // Its answer to a `configure`: "" or why it does not hold there.
  virtual void worker_configured(WorkerProcess& worker, const std::string& error) = 0;
  // worker.status() is new.
  virtual void worker_reported(WorkerProcess& worker) = 0;
  virtual void worker_took_loads(WorkerProcess& worker, std::vector<proxy::MilterLoad> loads) = 0;
  virtual void worker_wants_milter(WorkerProcess& worker, const std::string& milter) = 0;
  virtual void worker_saw_answers(WorkerProcess& worker, const MilterAnswers& answers) = 0;
  // The process is gone; `status` as waitpid() gives it.
  virtual void worker_ended(WorkerProcess& worker, int status) = 0;
};

// One worker from its start to its end, as the supervisor sees it.
class WorkerProcess {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `program` is the worker's, without descriptors. It waits for `configure`, then for `listen`.
  static Result<std::unique_ptr<WorkerProcess>> start(net::Loop& loop, std::uint32_t number,
                                                      net::Program program, WorkerOwner& owner);

  std::uint32_t number() const { return number_; }
  pid_t pid() const { return process_.pid(); }
  Time started() const { return started_; }
  // Whether it has answered its first `configure` with success.
  bool serves() const { return serves_; }
  // Whether it holds what it was told to hold last.
  bool is_configured() const { return unanswered_ == 0; }
  // What it said last; none yet: nullopt.
  const std::optional<ProcessStatus>& status() const { return status_; }
  // Rounds of its owner's care since it was heard of last. Not time: after a pause of the supervisor's own that is nobody's silence.
  int silent_rounds() const { return silent_rounds_; }
  void begin_round() { ++silent_rounds_; }

  void configure(std::string_view files);
  // An error: it has not got them.
  Result<void> listen_on(const std::vector<int>& sockets);
  // For all that has no payload but perhaps a milter's name.
  void tell(ToWorker what, std::string_view payload = {});
  void signal(int number) const { process_.signal(number); }

 private:
  WorkerProcess(net::Loop& loop, std::uint32_t number, pid_t pid, net::Descriptor channel,
                net::Descriptor passing, WorkerOwner& owner);
  void received(const Message& message);

  const std::uint32_t number_;
  WorkerOwner& owner_;
  const Time started_;
  int silent_rounds_ = 0;
  bool serves_ = false;
  int unanswered_ = 0;  // of `configure`
  std::optional<ProcessStatus> status_;
  net::Descriptor passing_;
  net::ChildProcess process_;
  Channel channel_;
};

}  // namespace milter_manager::supervision
