// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/freed_memory.h"

#include <stdlib.h>

#include <chrono>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace milter_manager::supervision {
namespace {

constexpr std::chrono::seconds kInterval{30};

}  // namespace

void give_back_freed_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

FreedMemory::FreedMemory(net::Loop& loop) : timer_(loop, [] { give_back_freed_memory(); }) {
  timer_.start_every(kInterval);
}

}  // namespace milter_manager::supervision
