// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/out_of_memory.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "test/daemon/processes.h"
#include "test/daemon/program.h"

namespace log_room = milter_manager::log;
using milter_manager::daemon::EndWhenOutOfMemory;

namespace {

void limit(__rlimit_resource what) {
  rlimit none{};
  ::getrlimit(what, &none);
  none.rlim_cur = 1;
  ::setrlimit(what, &none);
}

// How a process ends that logs to the file and does this: the signal, 0 without one, -1 when it does not end.
int end_of(const std::string& path, const std::function<void(log_room::Logger&)>& act) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGABRT, SIG_DFL);
    limit(RLIMIT_CORE);
    log_room::Settings settings;
    settings.path = path;
    log_room::Logger logger(settings);
    const EndWhenOutOfMemory out_of_memory(logger);
    act(logger);
    ::_exit(0);
  }
  int status = 0;
  if (eventually([&] { return ::waitpid(child, &status, WNOHANG) == child; }))
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return -1;
}

constexpr std::size_t kMuch = std::size_t{64} << 20;

}  // namespace

TEST_CASE("a process whose memory ends in the middle of logging ends, too") {
  if (kSanitized) return;  // they take terabytes, and say themselves when there is no more
  const Folder folder;
  CHECK(end_of(folder.file("log"), [&](log_room::Logger& logger) {
          log_room::Settings settings;
          settings.path = folder.file("log");
          settings.items = log_room::bit(log_room::Item::name);
          settings.program = std::string(kMuch, 'p');  // stands in each line
          static_cast<void>(logger.use(settings));
          limit(RLIMIT_AS);
          logger.log(log_room::Level::message, "a line");
        }) == SIGABRT);
}

TEST_CASE("a process whose threads get no more memory all at once says so once") {
  if (kSanitized) return;
  const Folder folder;
  CHECK(end_of(folder.file("log"), [](log_room::Logger&) {
          constexpr int kThreads = 8;
          std::atomic<int> ready{0};
          std::atomic<bool> go{false};
          std::vector<std::thread> threads;
          std::vector<std::unique_ptr<int>> had(kThreads);  // malloc has a place for the thread then
          for (auto& one : had) {
            threads.emplace_back([&] {
              one = std::make_unique<int>(0);
              ++ready;
              while (!go) sleep_a_little();
              ::operator delete(::operator new(kMuch));
            });
          }
          while (ready < kThreads) sleep_a_little();
          limit(RLIMIT_AS);
          go = true;
          for (auto& thread : threads) thread.join();
        }) == SIGABRT);
  CHECK(count(read_file(folder.file("log")), "[memory][error] the system gives no more memory") == 1);
}
