// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "core/launcher/shell_words.h"
#include "core/launcher/start.h"

namespace milter_manager::launcher {
namespace {

// Who waits for an end is woken by a byte.
int g_child_ended[2] = {-1, -1};

void child_ended(int) {
  const int kept = errno;
  [[maybe_unused]] const ssize_t written = ::write(g_child_ended[1], "", 1);
  errno = kept;
}

void notice_ends() {
  if (::pipe2(g_child_ended, O_CLOEXEC | O_NONBLOCK) != 0) return;
  struct sigaction action {};
  action.sa_handler = child_ended;
  action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  ::sigaction(SIGCHLD, &action, nullptr);
}

void forget_wakes() {
  char bytes[64];
  while (::read(g_child_ended[0], bytes, sizeof bytes) > 0) {
  }
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

Report error(std::string text) { return {FromLauncher::error, {}, std::move(text)}; }

}  // namespace

Launcher::Launcher(net::Descriptor channel) : channel_(std::move(channel)) {
  ::fcntl(channel_.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(channel_.get(), F_SETFL, O_NONBLOCK);
}

int Launcher::run() {
  // Of a terminal, or of a service manager that ends all processes at once: the channel's end tells when it is time.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1}) ::signal(number, SIG_IGN);
  notice_ends();
  while (channel_ || !outputs_.empty()) {
    std::vector<pollfd> watched;
    watched.push_back({g_child_ended[0], POLLIN, 0});
    // Who asks without end and reads no answer is not heard before it does. That it has gone is told all the same.
    const int wanted = (unsent_.empty() ? 0 : POLLOUT) | (unsent_.size() < kMostUnsent ? POLLIN : 0);
    watched.push_back({channel_ ? channel_.get() : -1, static_cast<short>(wanted), 0});
    for (const Output& output : outputs_) watched.push_back({output.pipe.get(), POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return 1;
    forget_wakes();
    reap();
    std::size_t at = 2;
    for (auto output = outputs_.begin(); output != outputs_.end(); ++at) {
      const auto current = output++;
      if (watched[at].revents == 0) continue;
      read_output(*current);
      if (!current->pipe) outputs_.erase(current);
    }
    if (channel_ && (watched[1].revents & ~POLLOUT) != 0) read_channel();
    flush();
  }
  return 0;
}

void Launcher::read_channel() {
  char piece[16384];
  const ssize_t n = ::read(channel_.get(), piece, sizeof piece);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n <= 0) {
    channel_ = net::Descriptor();
    return;
  }
  reader_.append({piece, static_cast<std::size_t>(n)});
  while (channel_) {
    const auto content = reader_.next();
    if (content && !*content) return;
    const auto request =
        content ? decode_request(**content) : Result<Request>(tl::unexpected(content.error()));
    if (!request) {
      // Nobody who is well sends this: nothing more is taken from there.
      channel_ = net::Descriptor();
      return;
    }
    take(*request);
  }
}

void Launcher::take(const Request& request) {
  switch (request.kind) {
    case ToLauncher::allow:
      if (!sealed_) allowed_.insert(request.command);
      return;
    case ToLauncher::sealed:
      sealed_ = true;
      return;
    case ToLauncher::launch:
      tell(launch(request.command));
      return;
  }
}

Report Launcher::launch(const Command& command) {
  if (allowed_.count(command) == 0)
    return error(fmt::format("not a command of the configuration: <{}>", command.line));
  const bool runs =
      std::any_of(running_.begin(), running_.end(), [&](const auto& one) { return one.second == command; });
  if (runs || is_resting(command)) return error(fmt::format("already launched: <{}>", command.line));
  const auto words = split(command.line);
  if (!words) {
    return error(fmt::format("Command string has invalid character(s): <{}>: {}", command.line,
                             words.error().message));
  }
  auto started = start(*words, command.user);
  ended_[command] = std::chrono::steady_clock::now();
  if (!started) {
    return {FromLauncher::failure,
            {},
            fmt::format("Couldn't start new process: <{}>: {}", command.line, started.error().message)};
  }
  running_[started->pid] = command;
  outputs_.push_back({std::move(started->output), command.line, FromLauncher::output, {}});
  outputs_.push_back({std::move(started->complaints), command.line, FromLauncher::complaint, {}});
  return {};
}

bool Launcher::is_resting(const Command& command) const {
  const auto found = ended_.find(command);
  return found != ended_.end() && std::chrono::steady_clock::now() - found->second < kRest;
}

void Launcher::read_output(Output& output) {
  char piece[4096];
  const ssize_t n = ::read(output.pipe.get(), piece, sizeof piece);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n <= 0) {
    if (!output.begun.empty()) tell_output(output, output.begun);
    output.pipe = net::Descriptor();
    return;
  }
  output.begun.append(piece, static_cast<std::size_t>(n));
  std::size_t begin = 0;
  while (begin < output.begun.size()) {
    const std::size_t end = output.begun.find('\n', begin);
    const std::size_t length = std::min(end, output.begun.size()) - begin;
    if (end == std::string::npos && length < kLongestLine) break;
    const std::size_t told = std::min(length, kLongestLine);
    tell_output(output, std::string_view(output.begun).substr(begin, told));
    begin += told < length || end == std::string::npos ? told : length + 1;
  }
  output.begun.erase(0, begin);
}

void Launcher::tell_output(const Output& output, std::string_view line) {
  if (unsent_.size() < kMostUnsent) tell({output.kind, output.command, std::string(line)});
}

void Launcher::reap() {
  int status = 0;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto found = running_.find(pid);
    if (found == running_.end()) continue;  // its program could not be run
    ended_[found->second] = std::chrono::steady_clock::now();
    tell({FromLauncher::ended, found->second.line, describe(status)});
    running_.erase(found);
  }
}

void Launcher::tell(const Report& report) {
  if (channel_) unsent_ += encode(report);
}

void Launcher::flush() {
  while (channel_ && !unsent_.empty()) {
    const ssize_t n = ::send(channel_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) channel_ = net::Descriptor();
    if (n > 0) unsent_.erase(0, static_cast<std::size_t>(n));
  }
  if (!channel_) unsent_.clear();
}

}  // namespace milter_manager::launcher
