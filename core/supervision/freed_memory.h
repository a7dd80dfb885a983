// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/loop.h"
#include "core/net/timer.h"

namespace milter_manager::supervision {

// Gives what the process has freed back to the system, on the calling thread. The C library's allocator returns only what lies at the
// end of a heap: one small block behind a burst of large mails, and the memory that these needed stays the process's for months.
// Nothing where the C library can't do it. Takes some tenths of a millisecond for a heap of 10 MiB, and 0.1 ms for each MiB that it gives back.
void give_back_freed_memory();

// Does so twice a minute, on the loop's thread.
class FreedMemory {
 public:
  explicit FreedMemory(net::Loop& loop);

 private:
  net::Timer timer_;
};

}  // namespace milter_manager::supervision
