// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/background.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

extern char** environ;

namespace milter_manager::daemon {
namespace {

constexpr const char* kVariable = "MILTER_MANAGER_IN_BACKGROUND";
constexpr int kReadyDescriptor = 3;

tl::unexpected<Error> system_failure(int error) {
  return failure(fmt::format("failed to run in the background: {}", std::strerror(error)));
}

// 0 or an error number. The other end of the pipe is the child's alone.
int spawn(const std::string& executable, char* const* argv, int ready, pid_t& child) {
  std::string marked = fmt::format("{}={}", kVariable, kReadyDescriptor);
  std::vector<char*> environment;
  for (char** one = environ; *one; ++one) environment.push_back(*one);
  environment.push_back(marked.data());
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  if (const int error = ::posix_spawn_file_actions_init(&actions)) return error;
  int error = ::posix_spawn_file_actions_adddup2(&actions, ready, kReadyDescriptor);
  if (error == 0)
    error = ::posix_spawn(&child, executable.c_str(), &actions, nullptr, argv, environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 1;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return WEXITSTATUS(status);
  return 1;  // it has gone without a word that it serves
}

}  // namespace

Result<int> run_in_background(const std::string& executable, char* const* argv) {
  int pipe[2] = {-1, -1};
  if (::pipe2(pipe, O_CLOEXEC) != 0) return system_failure(errno);
  // dup2() onto itself would leave the close-on-exec flag set.
  if (pipe[1] == kReadyDescriptor) {
    const int moved = ::fcntl(pipe[1], F_DUPFD_CLOEXEC, kReadyDescriptor + 1);
    if (moved < 0) return system_failure(errno);
    ::close(pipe[1]);
    pipe[1] = moved;
  }
  pid_t child = -1;
  const int error = spawn(executable, argv, pipe[1], child);
  ::close(pipe[1]);
  if (error != 0) {
    ::close(pipe[0]);
    return system_failure(error);
  }
  char word = 0;
  ssize_t length = 0;
  do {
    length = ::read(pipe[0], &word, 1);
  } while (length < 0 && errno == EINTR);
  ::close(pipe[0]);
  return length == 1 ? 0 : status_of(child);
}

Background Background::detect() {
  Background background;
  if (!std::getenv(kVariable)) return background;
  ::unsetenv(kVariable);
  struct stat about {};
  if (::fstat(kReadyDescriptor, &about) != 0 || !S_ISFIFO(about.st_mode)) return background;
  ::fcntl(kReadyDescriptor, F_SETFD, FD_CLOEXEC);
  background.ready_ = kReadyDescriptor;
  ::setsid();
  return background;
}

Result<void> Background::ready() {
  if (ready_ < 0) return {};
  if (::chdir("/") != 0) return system_failure(errno);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return system_failure(errno);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, standard);
  ::close(nothing);
  const char word = 'r';
  while (::write(ready_, &word, 1) < 0 && errno == EINTR) {
  }
  ::close(ready_);
  ready_ = -1;
  return {};
}

}  // namespace milter_manager::daemon
