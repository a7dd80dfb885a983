// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/scenarios/manager.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <iterator>
#include <stdexcept>

#include "core/protocol/reply.h"

namespace milter_manager::scenarios {
namespace {

constexpr int kPatienceMilliseconds = 60000;
constexpr double kAnyTime = 280;  // seconds; nothing that is played takes so long

std::string_view fallback_name(session::Fallback fallback) {
  switch (fallback) {
    case session::Fallback::accept:
      return "accept";
    case session::Fallback::reject:
      return "reject";
    case session::Fallback::temporary_failure:
      return "temporary-failure";
    case session::Fallback::discard:
      break;
  }
  return "discard";
}

// Waits until something has come.
void await(const Wire& wire) {
  pollfd poll{wire.descriptor(), POLLIN, 0};
  if (::poll(&poll, 1, kPatienceMilliseconds) != 1) throw std::runtime_error("the manager is silent");
}

session::World::Received receive(Wire& wire, std::size_t packets) {
  session::World::Received received;
  while (received.size() < packets) {
    if (!wire) throw std::runtime_error("the manager has closed its connection");
    if (!wire.exchange(received)) await(wire);
  }
  return received;
}

}  // namespace

Manager::Manager(const std::vector<session::ChildDefinition>& children, const session::Settings& settings,
                 const Conditions& conditions) {
  for (const auto& child : children)
    places_.push_back(std::make_unique<ListeningSocket>(folder_.file(child.settings.name)));
  if (!conditions.empty()) questions_ = std::make_unique<Questions>(folder_.file("questions"));
  folder_.write("milter-manager.conf", configuration(children, settings, conditions));
  start();
  for (std::size_t i = 0; i < children.size(); ++i) be_probed(children[i], i);
  catch_up();
}

std::string Manager::configuration(const std::vector<session::ChildDefinition>& children,
                                   const session::Settings& settings, const Conditions& conditions) const {
  std::string text;
  const auto add = [&](std::string_view name, const auto& value) {
    fmt::format_to(std::back_inserter(text), "{} = {}\n", name, value);
  };
  const auto in_quotes = [](std::string_view value) { return fmt::format("\"{}\"", value); };
  add("log.use_syslog", false);
  add("log.path", in_quotes(folder_.file("log")));
  add("statistics.start_lines", true);
  add("statistics.messages", settings.message_events);
  add("manager.connection_spec", in_quotes("unix:" + folder_.file("socket")));
  add("manager.pid_file", in_quotes(folder_.file("pid")));
  add("manager.fallback_status", in_quotes(fallback_name(settings.fallback)));
  add("manager.chunk_size", settings.chunk_size);
  add("manager.reply_deadline", kAnyTime);
  add("manager.condition_timeout", kAnyTime);
  if (questions_) text += conditions.definitions(questions_->path());
  for (std::size_t i = 0; i < children.size(); ++i) {
    const session::ChildSettings& child = children[i].settings;
    fmt::format_to(std::back_inserter(text), "define_milter(\"{}\") do |milter|\n", child.name);
    add("milter.connection_spec", in_quotes("unix:" + folder_.file(child.name)));
    add("milter.fallback_status", in_quotes(fallback_name(child.fallback)));
    add("milter.evaluation_mode", child.evaluation);
    if (child.enforcement_share) add("milter.enforcement_share", *child.enforcement_share);
    for (const char* limit : {"connection", "writing", "reading", "end_of_message"})
      add(fmt::format("milter.{}_timeout", limit), kAnyTime);
    text += conditions.uses(i) + "end\n";
  }
  return text;
}

void Manager::start() {
  program_ = std::make_unique<Program>(
      std::vector<std::string>{"-c", folder_.path(), "-u", std::to_string(::getuid()), "-g",
                               std::to_string(::getgid())},
      std::vector<std::string>{"MILTER_LOG_ITEM=level", "MILTER_LOG_LEVEL=default"});
  const bool serves =
      eventually([&] { return !read_file(folder_.file("pid")).empty() || program_->has_ended(); });
  if (!serves || program_->has_ended())
    throw std::runtime_error("the manager does not start: " + program_->err());
}

// A manager asks each milter what it wants when it starts.
void Manager::be_probed(const session::ChildDefinition& child, std::size_t index) {
  Wire probe;
  if (!eventually([&] { return static_cast<bool>(probe = place(index).accept()); }))
    throw std::runtime_error(child.settings.name + " was not probed");
  receive(probe, 1);
  if (!child.known) {
    unanswered_probes_.push_back(std::move(probe));
    return;
  }
  std::string answer;
  protocol::encode(protocol::reply::Negotiate{child.wish, protocol::SymbolLists(child.symbols)}, answer);
  probe.send(answer);
  receive(probe, 2);  // QUIT, and the end
  if (child.down) place(index).close();
}

Wire Manager::connect() {
  connections_.push_back(true);
  return Wire::connected_to(folder_.file("socket"));
}

void Manager::catch_up() {
  connections_.push_back(false);
  Wire wire = Wire::connected_to(folder_.file("socket"));
  std::string quit;
  protocol::append_packet(quit, 'Q');
  wire.send(quit);
  receive(wire, 1);
}

StatisticsLines Manager::end() {
  program_->signal(SIGTERM);
  const Ended ended = program_->wait();
  if (ended.status != 0)
    throw std::runtime_error(fmt::format("the manager ended with {}: {}", ended.status, ended.err));
  return statistics_lines(log(), connections_);
}

}  // namespace milter_manager::scenarios
