// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/server.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <iterator>
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
                    options_.connection_checker,
                    options_.on_event,
                    options_.packet_timeout},
      linger_(loop, [this] { end(lingering_); }),
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
  const std::uint64_t of_all = generation_->configuration->manager.max_connections;
  const std::uint64_t wanted = (of_all + options_.n_processes - 1) / options_.n_processes;
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

void Server::listen_on(std::vector<net::Descriptor> sockets, std::chrono::duration<double> linger) {
  std::move(listeners_.begin(), listeners_.end(), std::back_inserter(lingering_));
  listeners_.clear();
  for (net::Descriptor& socket : sockets) {
    listeners_.push_back(std::make_unique<net::Listener>(
        loop_, std::move(socket), [this](net::Descriptor mta) { accept(std::move(mta)); }));
    listeners_.back()->on_failure([this](const std::string& reason) {
      logger_.log(log::Level::error,
                  fmt::format("[client][accept][error] {}: trying again until it works", reason));
    });
  }
  if (linger.count() > 0) {
    linger_.start_after(linger);
  } else {
    end(lingering_);
  }
  regulate();
}

// Whoever has connected is served: closing alone would break that off.
void Server::end(std::vector<std::unique_ptr<net::Listener>>& listeners) {
  for (const auto& listener : listeners) listener->drain();
  listeners.clear();
}

std::string Server::spec() const { return listeners_.empty() ? std::string() : listeners_.front()->spec(); }

void Server::accept(net::Descriptor mta) {
  ConnectionOwner& owner = *this;
  connections_.push_back(std::make_unique<Connection>(surroundings_, generation_, std::move(mta), owner));
  connections_.back()->place = std::prev(connections_.end());
  regulate();
}

// Pauses and resumes accepting; whoever comes meanwhile waits in the kernel's queue.
void Server::regulate() {
  if (listeners_.empty()) return;
  const bool full = max_connections_ != 0 && connections_.size() >= max_connections_;
  if (full == listeners_.front()->paused()) return;
  if (full) {
    logger_.log(log::Level::warning,
                fmt::format("[client][accept][suspend] too many processing connection: {}, max: {}",
                            connections_.size(), max_connections_));
  } else {
    logger_.log(log::Level::warning, "[client][accept][resume] resume accepting connection");
  }
  for (auto* listeners : {&listeners_, &lingering_}) {
    for (const auto& listener : *listeners) full ? listener->pause() : listener->resume();
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
  end(listeners_);
  end(lingering_);
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
  counters.accepting = !listeners_.empty() && !listeners_.front()->paused();
  for (const auto& listener : listeners_) counters.accept_errors += listener->accept_errors();
  counters.body_bytes = bodies_.used();
  return counters;
}

std::uint64_t Server::unsent_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& connection : connections_) bytes += connection->unsent_bytes();
  return bytes;
}

std::vector<MilterStanding> Server::milters() const {
  std::vector<MilterStanding> standings;
  for (const auto& [connector, meter, definition] : generation_->milters) {
    MilterStanding standing;
    standing.name = connector->name();
    standing.tried = connector->tried();
    standing.dead = connector->dead();
    standing.open = meter->open();
    standing.busy = meter->busy_now();
    standing.errors = meter->all_errors();
    standing.timeouts = meter->all_timeouts();
    standing.reply_deadline_hits = meter->reply_deadline_hits();
    standing.probes_alive = connector->probes_alive();
    standing.probes_failed = connector->probes_failed();
    standing.last_error = connector->reason();
    standing.last_error_at = connector->failed_at();
    standings.push_back(std::move(standing));
  }
  return standings;
}

void Server::for_each_connection(const std::function<void(Connection&)>& visit) {
  for (auto& connection : connections_) visit(*connection);
}

std::vector<MilterLoad> Server::take_loads() {
  std::vector<std::string> names;
  for (const auto& milter : generation_->milters) names.push_back(milter.connector->name());
  return meters_.take(names, clock_.now());
}

void Server::beat() {
  const auto now = clock_.now();
  const double epoch = clock_.unix_time();
  if (options_.write_load) {
    for (const auto& load : take_loads()) logger_.report(load.event(epoch));
  }

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
