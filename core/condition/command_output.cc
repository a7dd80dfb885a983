// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/command_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "core/net/descriptor.h"

namespace milter_manager::condition {
namespace {

using Clock = std::chrono::steady_clock;

// A child that was started; killed and waited for if nobody has.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // False when it does not end in time. A status that somebody else took (Ruby's Process.wait) counts as 0.
  bool wait_until(Clock::time_point deadline, int& status) {
    for (;;) {
      status = 0;
      const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended == pid_ || (ended < 0 && errno == ECHILD)) {
        pid_ = 0;
        return true;
      }
      if (Clock::now() >= deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  pid_t pid_;
};

// What a child begins with: its output in the pipe, nothing to read, no signals blocked or ignored.
class Beginning {
 public:
  explicit Beginning(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Beginning() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Beginning(const Beginning&) = delete;
  Beginning& operator=(const Beginning&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Result<std::string> read_all(int pipe, Clock::time_point deadline, std::size_t most_bytes) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waited{pipe, POLLIN, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(std::max<long>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return failure("does not end");
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    if (text.size() + static_cast<std::size_t>(count) > most_bytes) return failure("says too much");
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

Result<std::string> run(const std::vector<std::string>& arguments, Clock::time_point deadline,
                        std::size_t most_bytes) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure(std::strerror(errno));
  const net::Descriptor reading(ends[0]);
  net::Descriptor writing(ends[1]);

  std::vector<char*> words;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  // Texts in English, and programs of the system only.
  static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";
  static char language[] = "LC_ALL=C";
  char* environment[] = {path, language, nullptr};

  pid_t pid = 0;
  {
    const Beginning beginning(writing.get());
    const int error =
        posix_spawn(&pid, words[0], beginning.actions(), beginning.attributes(), words.data(), environment);
    if (error != 0) return failure(std::strerror(error));
  }
  Child child(pid);
  writing = net::Descriptor();  // else there is no end of what it writes

  auto text = read_all(reading.get(), deadline, most_bytes);
  if (!text) return text;
  int status = 0;
  if (!child.wait_until(deadline, status)) return failure("does not end");
  if (WIFSIGNALED(status)) return failure(fmt::format("killed by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) return failure(fmt::format("exit status {}", WEXITSTATUS(status)));
  return text;
}

}  // namespace

std::string find_program(std::string_view name, const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    std::string path = fmt::format("{}/{}", directory, name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

Result<std::string> output_of(const std::vector<std::string>& arguments, std::chrono::milliseconds timeout,
                              std::size_t most_bytes) {
  auto text = run(arguments, Clock::now() + timeout, most_bytes);
  if (!text) return failure(fmt::format("{}: {}", arguments[0], text.error().message));
  return text;
}

}  // namespace milter_manager::condition
