// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/server.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace milter_manager::proxy {
namespace {

// For listeners, log, spool files, name resolution and the like.
constexpr std::uint64_t kReservedDescriptors = 64;
// How long sessions have for a last answer.
constexpr auto kLastAnswer = std::chrono::seconds(1);

// How many sessions the descriptor limit allows, at one connection to each milter.
std::uint64_t sessions_that_fit(std::size_t milters) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  const auto left =
      std::max<std::uint64_t>(limit.rlim_cur, kReservedDescriptors + milters + 1) - kReservedDescriptors;
  return left / (milters + 1);
}

}  // namespace

Server::Server(net::Loop& loop, log::Logger& logger,
               std::shared_ptr<const config::Configuration> configuration, ServerOptions options)
    : loop_(loop),
      logger_(logger),
      options_(std::move(options)),
      clock_(loop),
      no_conditions_(loop),
      bodies_(configuration->manager.body_memory),
      surroundings_{loop,
                    logger,
                    clock_,
                    options_.tags != nullptr ? *options_.tags : own_tags_,
                    options_.conditions != nullptr ? *options_.conditions : no_conditions_,
                    bodies_,
                    options_.spool_directory,
                    options_.start_milter,
                    options_.connection_checker},
      stop_timer_(loop, [this] { shut_down_sessions(); }),
      first_probe_(loop,
                   [this] {
                     probing_ = true;
                     generation_->probe();
                   }),
      heartbeat_(loop, [this] { beat(); }),
      last_beat_(clock_.now()) {
  use(std::move(configuration));
  first_probe_.start_after(std::chrono::seconds(0));
  heartbeat_.start_every(options_.heartbeat_interval);
}

Server::~Server() = default;

void Server::use(std::shared_ptr<const config::Configuration> configuration) {
  bodies_.set_limit(configuration->manager.body_memory);
  const auto old = std::exchange(generation_, nullptr);
  generation_ = std::make_shared<Generation>(surroundings_, meters_, std::move(configuration), old.get());
  if (old) {
    old->retire(*generation_);
    loop_.renew_resolver();
  }
  for (const auto& note : generation_->notes) logger_.log(log::Level::warning, note);
  limit_connections();
  regulate();
  if (probing_) generation_->probe();
}

void Server::limit_connections() {
  const std::uint64_t wanted = generation_->configuration->manager.max_connections;
  const auto fitting = sessions_that_fit(generation_->milters.size());
  max_connections_ = fitting == 0 || (wanted != 0 && wanted < fitting) ? wanted : fitting;
  if (wanted != 0 && max_connections_ < wanted) {
    logger_.log(
        log::Level::warning,
        fmt::format(
            "[server][limit] {} connections with {} milters each need more descriptors than the limit "
            "allows; accepting {}",
            wanted, generation_->milters.size(), max_connections_));
  }
}

Result<void> Server::listen() {
  const auto& manager = generation_->configuration->manager;
  if (!manager.connection_spec) return failure("manager.connection_spec is not set");
  if (listener_ && *manager.connection_spec == configured_spec_) return {};
  const auto spec = net::parse_connection_spec(*manager.connection_spec);
  if (!spec) return tl::unexpected(spec.error());
  net::ListenOptions options;
  options.mode = manager.unix_socket_mode;
  options.group = manager.unix_socket_group.value_or("");
  options.remove_dead_socket = manager.remove_unix_socket_on_create;
  auto socket = net::open_listening_socket(*spec, options);
  if (!socket) return tl::unexpected(socket.error());
  serve(std::move(*socket), manager.remove_unix_socket_on_close);
  return {};
}

void Server::adopt(net::Descriptor listening) { serve(std::move(listening), false); }

void Server::serve(net::Descriptor listening, bool remove_on_close) {
  listener_ = std::make_unique<net::Listener>(
      loop_, std::move(listening), [this](net::Descriptor mta) { accept(std::move(mta)); }, remove_on_close);
  listener_->on_failure([this](const std::string& reason) {
    logger_.log(log::Level::error,
                fmt::format("[client][accept][error] {}: trying again until it works", reason));
  });
  configured_spec_ = generation_->configuration->manager.connection_spec.value_or("");
  regulate();
}

std::string Server::spec() const { return listener_ ? listener_->spec() : std::string(); }

void Server::accept(net::Descriptor mta) {
  ConnectionOwner& owner = *this;
  connections_.push_back(std::make_unique<Connection>(surroundings_, generation_, std::move(mta), owner));
  connections_.back()->place = std::prev(connections_.end());
  regulate();
}

// Pauses and resumes accepting; whoever comes meanwhile waits in the kernel's queue.
void Server::regulate() {
  if (!listener_) return;
  const bool full = max_connections_ != 0 && connections_.size() >= max_connections_;
  if (full == listener_->paused()) return;
  if (full) {
    logger_.log(log::Level::warning,
                fmt::format("[client][accept][suspend] too many processing connection: {}, max: {}",
                            connections_.size(), max_connections_));
    listener_->pause();
  } else {
    logger_.log(log::Level::warning, "[client][accept][resume] resume accepting connection");
    listener_->resume();
  }
}

void Server::connection_finished(Connection& connection) {
  ended_.splice(ended_.end(), connections_, connection.place);
  loop_.at_burst_end(*this);
}

void Server::burst_ended() {
  const auto added = ended_.size();
  if (added > 0) {
    ended_.clear();
    finished_ += added;
    logger_.report(statistics::SessionsFinished{finished_, added, connections_.size()});
    if (options_.maintain && maintenance_is_due(added)) options_.maintain();
    regulate();
  }
  if (stopping_ != Stopping::no && connections_.empty()) tell_stopped();
}

bool Server::maintenance_is_due(std::uint64_t added) const {
  const std::uint64_t interval = generation_->configuration->manager.maintenance_interval;
  return connections_.empty() || (interval > 0 && finished_ / interval != (finished_ - added) / interval);
}

void Server::stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  if (stopping_ == Stopping::waiting) {
    shut_down_sessions();
    return;
  }
  if (stopping_ != Stopping::no) return;
  stopping_ = Stopping::waiting;
  listener_.reset();
  stop_timer_.start_after(generation_->configuration->manager.stop_timeout);
  loop_.at_burst_end(*this);
}

void Server::shut_down_sessions() {
  if (stopping_ == Stopping::waiting) {
    stopping_ = Stopping::shutting_down;
    for (auto& connection : connections_) connection->shut_down();
    stop_timer_.start_after(kLastAnswer);
  } else {
    stopping_ = Stopping::closing;
    for (auto& connection : connections_) connection->cut();
  }
}

void Server::tell_stopped() {
  stop_timer_.stop();
  // Who is told may destroy us.
  if (const auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

ServerCounters Server::counters() const {
  ServerCounters counters;
  counters.sessions_finished = finished_;
  counters.sessions_open = connections_.size();
  counters.children_open = meters_.open();
  counters.max_connections = max_connections_;
  counters.accepting = listener_ && !listener_->paused();
  return counters;
}

void Server::for_each_connection(const std::function<void(Connection&)>& visit) {
  for (auto& connection : connections_) visit(*connection);
}

void Server::beat() {
  const auto now = clock_.now();
  std::vector<std::string> names;
  for (const auto& milter : generation_->milters) names.push_back(milter.connector->name());
  const auto loads = meters_.take(names, now);
  const double epoch = clock_.unix_time();
  if (options_.write_load) {
    for (const auto& load : loads) logger_.report(load.event(epoch));
  }
  if (options_.on_load) options_.on_load(loads);

  const auto counted = counters();
  statistics::Heartbeat heartbeat;
  heartbeat.span = std::chrono::duration<double>(now - std::exchange(last_beat_, now)).count();
  heartbeat.epoch = epoch;
  heartbeat.lines = logger_.lines();
  heartbeat.sessions = counted.sessions_finished;
  heartbeat.open = counted.sessions_open;
  heartbeat.children = counted.children_open;
  heartbeat.dropped = logger_.dropped();
  logger_.report(heartbeat);
}

}  // namespace milter_manager::proxy
