// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/net/descriptor.h"
#include "core/net/handle.h"
#include "core/net/timer.h"

namespace milter_manager::net {
namespace {

// Where the kernel has no descriptors for processes.
constexpr auto kLookInterval = std::chrono::milliseconds(50);

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int open_process(pid_t pid) {
#ifdef SYS_pidfd_open
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
#else
  static_cast<void>(pid);
  return -1;
#endif
}

}  // namespace

Result<pid_t> start_program(const Program& program) {
  // First away from the numbers wanted: one that is moved there must not take the place of another still to be moved.
  int above = STDERR_FILENO;
  for (const auto& [ours, theirs] : program.descriptors) above = std::max(above, theirs);
  std::vector<Descriptor> moved;
  for (const auto& [ours, theirs] : program.descriptors) {
    moved.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, above + 1));
    if (!moved.back()) return failure(fmt::format("can't start {}: {}", program.path, std::strerror(errno)));
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  for (std::size_t i = 0; i < moved.size(); ++i) {
    ::posix_spawn_file_actions_adddup2(&actions, moved[i].get(), program.descriptors[i].second);
  }
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, program.path.c_str(), &actions, &attributes, pointers_to(program.arguments).data(),
                    pointers_to(program.environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return failure(fmt::format("can't start {}: {}", program.path, std::strerror(error)));
  return pid;
}

struct ChildProcess::State {
  State(Loop& loop, pid_t its_pid, Ended its_ended)
      : pid(its_pid),
        ended(std::move(its_ended)),
        descriptor(open_process(its_pid)),
        look(loop, [this] { collect(); }) {}

  uv_poll_t handle;
  pid_t pid;
  Ended ended;
  Descriptor descriptor;
  Timer look;
  bool collected = false;
  bool telling = false;
  bool gone = false;

  void collect() {
    int status = 0;
    const pid_t found = ::waitpid(pid, &status, WNOHANG);
    if (found == 0 || (found < 0 && errno == EINTR)) return;
    collected = true;
    look.stop();
    if (descriptor) uv_poll_stop(&handle);
    telling = true;
    ended(found == pid ? status : -1);
    telling = false;
    if (gone) end();
  }

  void end() {
    if (descriptor) {
      close_and_delete(this);
    } else {
      delete this;
    }
  }
};

ChildProcess::ChildProcess(Loop& loop, pid_t pid, Ended ended)
    : state_(new State(loop, pid, std::move(ended))) {
  if (!state_->descriptor) {
    state_->look.start_every(kLookInterval);
    return;
  }
  ::fcntl(state_->descriptor.get(), F_SETFD, FD_CLOEXEC);
  uv_poll_init(loop.native(), &state_->handle, state_->descriptor.get());
  state_->handle.data = state_;
  uv_poll_start(&state_->handle, UV_READABLE,
                [](uv_poll_t* handle, int, int) { static_cast<State*>(handle->data)->collect(); });
}

ChildProcess::~ChildProcess() {
  state_->gone = true;
  state_->look.stop();
  if (state_->descriptor) uv_poll_stop(&state_->handle);
  if (!state_->telling) state_->end();
}

pid_t ChildProcess::pid() const { return state_->pid; }

void ChildProcess::signal(int number) const {
  if (!state_->collected) ::kill(state_->pid, number);
}

std::string describe_end(int status) {
  if (status == -1) return "an end that nobody saw";
  if (WIFSIGNALED(status)) {
    return fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace milter_manager::net
