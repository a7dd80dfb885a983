// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/net/loop.h"

namespace milter_manager::net {

// Something that has to wait (for a disk, say) and is therefore done on libuv's pool of threads.
//
// `work` runs on a thread of the pool, `done` then on the loop's, never within this call. Whatever `work`
// uses it must own: destroying the Work only keeps `done` from being called. The loop's end waits for work
// that has begun.
class Work {
 public:
  Work() = default;
  Work(Loop& loop, std::function<void()> work, std::function<void()> done);
  Work(Work&& other) noexcept;
  Work& operator=(Work&& other) noexcept;
  ~Work();

 private:
  struct State;
  State* state_ = nullptr;  // lives until libuv has called back
};

}  // namespace milter_manager::net
