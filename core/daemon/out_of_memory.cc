// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/out_of_memory.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace milter_manager::daemon {
namespace {

// For the last line and its way into the log.
constexpr std::size_t kReserve = std::size_t{1} << 20;
std::unique_ptr<char[]> reserve;
log::Logger* log_of_process = nullptr;

void out_of_memory() {
  // Once: who asks meanwhile asks in vain.
  std::set_new_handler(nullptr);
  reserve.reset();
  log_of_process->log(
      log::Level::critical,
      "[memory][error] the system gives no more memory: this process ends, for another one to "
      "take over");
  log_of_process->flush(std::chrono::seconds(1));
  std::abort();
}

}  // namespace

EndWhenOutOfMemory::EndWhenOutOfMemory(log::Logger& logger) {
  log_of_process = &logger;
  reserve = std::make_unique<char[]>(kReserve);
  std::memset(reserve.get(), 1, kReserve);  // it is really there then
  std::set_new_handler(out_of_memory);
}

EndWhenOutOfMemory::~EndWhenOutOfMemory() {
  std::set_new_handler(nullptr);
  reserve.reset();
}

}  // namespace milter_manager::daemon
