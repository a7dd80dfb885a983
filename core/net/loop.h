// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

struct uv_loop_s;

namespace milter_manager::net {

class Resolver;

// Work that is to be done once everything that has happened was looked at, before the loop sleeps: writing
// what was collected, ending what can't be ended in the middle of its own call. Queued with
// Loop::at_burst_end(). Destroying a queued one takes it from the queue.
class BurstTask {
 public:
  BurstTask() = default;
  BurstTask(const BurstTask&) = delete;
  BurstTask& operator=(const BurstTask&) = delete;
  virtual ~BurstTask();

  virtual void burst_ended() = 0;

 private:
  friend class Loop;
  class Loop* queued_in_ = nullptr;
  std::size_t place_ = 0;
};

// An event loop (libuv's). Everything in core/net belongs to one loop and may be touched on its thread only,
// except for post(). Nothing that runs on the loop may wait for anything.
//
// Objects made on a loop must be gone before it; their handles may still be closing.
class Loop {
 public:
  // Where SIGPIPE would still end the process, it is ignored from now on (by programs started from it too,
  // unless the one who starts them sets it back).
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Until stop(). May be called again.
  void run();
  // On the loop's thread. Whatever is due in this round is still done.
  void stop();
  // From any thread: `function` runs on the loop's thread, in order of posting, also if the loop runs only
  // later. Functions not run when the loop is destroyed are destroyed unrun.
  void post(std::function<void()> function);

  // Runs `task` once, before the loop sleeps again. No effect when it is queued already. A task that is
  // queued from another one runs in the same round; so none may queue itself again without end.
  void at_burst_end(BurstTask& task);

  // Within one event (bytes that came, a task at a burst's end) always the same time: asking for it costs nothing
  // after the first time.
  std::chrono::steady_clock::time_point now() const;

  // The loop's resolver, made on first use.
  Resolver& resolver();
  // After a reload: there may be other name servers now.
  void renew_resolver();

  // How many handles exist beside the loop's own, closing ones included: 0 when nothing was left behind.
  std::size_t handle_count() const;

  // For the other files of core/net and for those that drive a C library with this loop.
  uv_loop_s* native() const;

  struct State;
  State& state() const { return *state_; }

 private:
  friend class BurstTask;
  static void run_tasks(State& state);
  void forget(BurstTask& task);
  std::unique_ptr<State> state_;
};

}  // namespace milter_manager::net
