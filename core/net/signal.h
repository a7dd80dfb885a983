// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/net/loop.h"

namespace milter_manager::net {

// Calls a function on the loop's thread for each delivery of a signal (SIGTERM, …). Deliveries that come
// faster than they are handled may be joined, as always with signals. Never for SIGCHLD in a process that
// runs Ruby.
class Signal {
 public:
  Signal(Loop& loop, int number, std::function<void()> received);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

 private:
  struct State;
  State* state_;  // lives until libuv has closed the handle
};

}  // namespace milter_manager::net
