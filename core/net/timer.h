// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>

#include "core/net/loop.h"

namespace milter_manager::net {

// Calls a function later. May be destroyed or started anew at any time, also from that function.
class Timer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::duration<double>;

  Timer(Loop& loop, std::function<void()> expired);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Replaces an earlier start. Never early; up to a millisecond late. A time that has passed expires in the
  // loop's next round, never within the call.
  void start_at(Time time);
  void start_after(Duration duration);
  // Every `interval` from now on.
  void start_every(Duration interval);
  void stop();
  bool active() const;

 private:
  struct State;
  State* state_;  // lives until libuv has closed the handle
};

}  // namespace milter_manager::net
