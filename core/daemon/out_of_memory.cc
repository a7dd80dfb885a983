// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/out_of_memory.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace milter_manager::daemon {
namespace {

// For the last line and its way into the log. In blocks that malloc does not map one by one: what is given back can be used
// again even where the process may map nothing more.
constexpr std::size_t kBlock = std::size_t{64} << 10;
std::array<std::unique_ptr<char[]>, 16> reserve;
log::Logger* log_of_process = nullptr;

std::atomic_flag ending = ATOMIC_FLAG_INIT;
thread_local bool is_ending_here = false;

void give_reserve_back() {
  for (auto& block : reserve) block.reset();
}

// The log may be locked by this very thread, which wants memory in the middle of logging: then nothing comes of the last line.
void abort_in_two_seconds() {
  struct sigaction action {};
  action.sa_handler = [](int) { std::abort(); };
  sigaction(SIGALRM, &action, nullptr);
  sigset_t alarm_only;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  pthread_sigmask(SIG_UNBLOCK, &alarm_only, nullptr);
  alarm(2);
}

// Runs inside operator new of whoever wanted memory, with whatever that one has locked.
void out_of_memory() {
  if (is_ending_here) throw std::bad_alloc();
  if (ending.test_and_set()) {
    // Another thread is at it. Its log may need this one, to which the reserve is there as well.
    poll(nullptr, 0, 10);
    return;
  }
  is_ending_here = true;
  abort_in_two_seconds();
  give_reserve_back();
  try {
    log_of_process->log(
        log::Level::critical,
        "[memory][error] the system gives no more memory: this process ends, for another one to "
        "take over");
    log_of_process->flush(std::chrono::seconds(1));
  } catch (...) {
    // Without the line, then.
  }
  std::abort();
}

}  // namespace

EndWhenOutOfMemory::EndWhenOutOfMemory(log::Logger& logger) {
  log_of_process = &logger;
  for (auto& block : reserve) {
    block = std::make_unique<char[]>(kBlock);
    std::memset(block.get(), 1, kBlock);  // it is really there then
  }
  std::set_new_handler(out_of_memory);
}

EndWhenOutOfMemory::~EndWhenOutOfMemory() {
  std::set_new_handler(nullptr);
  give_reserve_back();
}

}  // namespace milter_manager::daemon
