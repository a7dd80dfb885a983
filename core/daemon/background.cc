// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/background.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/daemon/role.h"
#include "core/net/child_process.h"

extern char** environ;

namespace milter_manager::daemon {
namespace {

constexpr const char* kVariable = "MILTER_MANAGER_IN_BACKGROUND";
constexpr int kReadyDescriptor = 3;

tl::unexpected<Error> system_failure(int error) {
  return failure(fmt::format("failed to run in the background: {}", std::strerror(error)));
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

Result<int> run_in_background(char* const* argv) {
  int pipe[2] = {-1, -1};
  if (::pipe2(pipe, O_CLOEXEC) != 0) return system_failure(errno);
  net::Program program;
  program.path = kOwnProgram;
  for (char* const* argument = argv; *argument; ++argument) program.arguments.emplace_back(*argument);
  for (char** one = environ; *one; ++one) program.environment.emplace_back(*one);
  program.environment.push_back(fmt::format("{}={}", kVariable, kReadyDescriptor));
  program.descriptors = {{pipe[1], kReadyDescriptor}};
  const auto child = net::start_program(program);
  ::close(pipe[1]);
  if (!child) {
    ::close(pipe[0]);
    return failure(fmt::format("failed to run in the background: {}", child.error().message));
  }
  char word = 0;
  ssize_t length = 0;
  do {
    length = ::read(pipe[0], &word, 1);
  } while (length < 0 && errno == EINTR);
  ::close(pipe[0]);
  return length == 1 ? 0 : status_of(*child);
}

Background Background::detect() {
  Background background;
  if (!std::getenv(kVariable)) return background;
  ::unsetenv(kVariable);
  struct stat about {};
  if (::fstat(kReadyDescriptor, &about) != 0 || !S_ISFIFO(about.st_mode)) return background;
  ::fcntl(kReadyDescriptor, F_SETFD, FD_CLOEXEC);
  background.ready_ = kReadyDescriptor;
  background.background_ = true;
  ::setsid();
  return background;
}

Background Background::inherited(int ready) {
  Background background;
  background.ready_ = ready;
  background.background_ = ready >= 0;
  return background;
}

Result<void> Background::let_go() {
  if (::chdir("/") != 0) return system_failure(errno);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return system_failure(errno);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, standard);
  ::close(nothing);
  return {};
}

Result<void> Background::ready() {
  if (ready_ < 0) return {};
  if (auto done = let_go(); !done) return done;
  const char word = 'r';
  while (::write(ready_, &word, 1) < 0 && errno == EINTR) {
  }
  ::close(ready_);
  ready_ = -1;
  return {};
}

}  // namespace milter_manager::daemon
