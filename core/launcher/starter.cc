// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/starter.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/statistics/escape.h"

namespace milter_manager::launcher {
namespace {

// More questions than that are not asked at once: the launcher is stuck, or one milter dies all the time.
constexpr std::size_t kMostAsked = 100;

// What a program wrote, as one line of the log.
std::string one_line(std::string_view text) {
  std::string out;
  statistics::append_escaped(text, '\0', out);
  return out;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Result<Launched> start_launcher(net::Program program, std::map<std::string, Command> commands) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return failure(fmt::format("failed to start the launcher: {}", std::strerror(errno)));
  }
  net::Descriptor ours(ends[0]);
  const net::Descriptor its(ends[1]);
  program.descriptors.emplace_back(its.get(), kChannelDescriptor);
  const auto pid = net::start_program(program);
  if (!pid) return failure(fmt::format("failed to start the launcher: {}", pid.error().message));
  std::string bytes;
  for (const auto& [milter, command] : commands) bytes += encode(Request{ToLauncher::allow, command});
  bytes += encode(Request{ToLauncher::sealed, {}});
  if (!send_all(ours.get(), bytes))
    return failure(fmt::format("failed to start the launcher: {}", std::strerror(errno)));
  return Launched{*pid, std::move(ours), std::move(commands)};
}

Starter::Starter(net::Loop& loop, log::Logger& logger, Launched launched, Outcome outcome)
    : logger_(logger),
      allowed_(std::move(launched.commands)),
      outcome_(std::move(outcome)),
      commands_(allowed_),
      process_(std::make_unique<net::ChildProcess>(
          loop, launched.pid,
          [this](int status) { lost(fmt::format("it has ended: {}", net::describe_end(status))); })),
      channel_(loop, std::move(launched.channel), *this) {}

bool Starter::start(const std::string& milter) {
  const auto wanted = commands_.find(milter);
  const auto allowed = allowed_.find(milter);
  if (!channel_ || wanted == commands_.end() || allowed == allowed_.end() ||
      wanted->second != allowed->second)
    return false;
  // It is on its way: all who wait for the milter wait for the same one.
  if (std::find(asked_.begin(), asked_.end(), milter) != asked_.end()) return true;
  if (asked_.size() >= kMostAsked) return false;
  asked_.push_back(milter);
  channel_.write(encode(Request{ToLauncher::launch, allowed->second}));
  return true;
}

Result<void> Starter::use(const config::Configuration& configuration) {
  commands_ = commands_of(configuration);
  for (const auto& [milter, command] : commands_) {
    const auto allowed = allowed_.find(milter);
    if (allowed != allowed_.end() && allowed->second == command) {
      warned_.erase(milter);
    } else if (warned_.insert(milter).second) {
      logger_.log(log::Level::warning, fmt::format("[launcher][changed] its command is not the one that the "
                                                   "manager was started with, and can be started "
                                                   "when the manager is started anew: {}",
                                                   milter));
    }
  }
  return {};
}

void Starter::received(std::string_view bytes) {
  reader_.append(bytes);
  while (channel_) {
    const auto content = reader_.next();
    if (content && !*content) return;
    const auto report = content ? decode_report(**content) : Result<Report>(tl::unexpected(content.error()));
    if (!report) return lost(report.error().message);
    heard(*report);
  }
}

void Starter::ended() { lost("it has closed its channel"); }

void Starter::failed(const net::StreamError& error) { lost(error.message); }

void Starter::heard(const Report& report) {
  switch (report.kind) {
    case FromLauncher::success:
    case FromLauncher::failure:
    case FromLauncher::error:
      answered(report);
      return;
    case FromLauncher::output:
      logger_.log(log::Level::debug,
                  fmt::format("[launcher][output] {}: {}", report.line, one_line(report.text)));
      return;
    case FromLauncher::complaint:
      logger_.log(log::Level::debug,
                  fmt::format("[launcher][complaint] {}: {}", report.line, one_line(report.text)));
      return;
    case FromLauncher::ended:
      logger_.log(log::Level::info, fmt::format("[launcher][end] {}: {}", report.line, report.text));
      return;
  }
}

void Starter::answered(const Report& report) {
  if (asked_.empty()) return lost("it answers what was not asked");
  const std::string milter = std::exchange(asked_.front(), {});
  asked_.pop_front();
  const bool started = report.kind == FromLauncher::success;
  if (started) {
    logger_.log(log::Level::message,
                fmt::format("[launcher][start] {}: {}", allowed_.at(milter).line, milter));
  } else {
    logger_.log(log::Level::error, fmt::format("[launcher][error] {}: {}", one_line(report.text), milter));
  }
  if (outcome_) outcome_(milter, started);
}

void Starter::lost(const std::string& why) {
  if (!channel_) return;
  channel_ = net::Stream();
  asked_.clear();
  logger_.log(
      log::Level::error,
      fmt::format("[launcher][error] no milter can be started until the manager is started anew: {}", why));
}

}  // namespace milter_manager::launcher
