// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/event_counter.h"

#include <variant>

namespace milter_manager::metrics {
namespace {

using statistics::Cause;
using statistics::Group;
using statistics::State;
using statistics::Status;

constexpr std::uint32_t pack(State state, Status status, Group group = {}, Cause cause = {}) {
  return static_cast<std::uint32_t>(state) << 24 | static_cast<std::uint32_t>(status) << 16 |
         static_cast<std::uint32_t>(group) << 8 | static_cast<std::uint32_t>(cause);
}
std::string state_in(std::uint32_t packed) { return std::string(word(static_cast<State>(packed >> 24))); }
std::string status_in(std::uint32_t packed) {
  return std::string(word(static_cast<Status>(packed >> 16 & 0xff)));
}
std::string group_in(std::uint32_t packed) {
  return std::string(word(static_cast<Group>(packed >> 8 & 0xff)));
}
std::string cause_in(std::uint32_t packed) { return std::string(word(static_cast<Cause>(packed & 0xff))); }

double number(std::uint64_t count) { return static_cast<double>(count); }

}  // namespace

EventCounter::Milter& EventCounter::milter(std::string_view name) {
  const auto found = milters_.find(name);
  return found != milters_.end() ? found->second : milters_[std::string(name)];
}

void EventCounter::count(const statistics::Event& event) {
  if (const auto* verdict = std::get_if<statistics::MilterMessage>(&event)) {
    Milter& counted = milter(verdict->name);
    ++counted.verdicts[pack(verdict->state, verdict->status, verdict->group, verdict->cause)];
    counted.rejected += verdict->rejected;
    counted.deferred += verdict->deferred;
    const std::uint64_t refused = verdict->rejected + verdict->deferred;
    if (verdict->recipients > refused) counted.passed += verdict->recipients - refused;
    counted.waits.add(verdict->waited);
  } else if (const auto* part = std::get_if<statistics::MilterEnd>(&event)) {
    ++milter(part->name).connections[pack(part->state, part->status)];
  } else if (const auto* message = std::get_if<statistics::MessageEnd>(&event)) {
    ++messages_[pack(message->state, message->status)];
    message_seconds_.add(message->elapsed);
    bytes_ += message->bytes;
    refused_ += message->refused;
    if (message->recipients > message->refused) accepted_ += message->recipients - message->refused;
  } else if (const auto* session = std::get_if<statistics::SessionEnd>(&event)) {
    ++sessions_[pack(session->state, session->status)];
    session_seconds_.add(session->elapsed);
  } else if (std::holds_alternative<statistics::SessionDisconnected>(event)) {
    ++clients_gone_;
  } else if (std::holds_alternative<statistics::Quarantined>(event)) {
    ++quarantined_;
  }
}

void EventCounter::count_start(std::string_view name, bool started) {
  Milter& counted = milter(name);
  ++(started ? counted.started : counted.not_started);
}

Counts EventCounter::counts() const {
  Counts counts;
  for (const auto& [key, count] : sessions_) {
    counts.add(Id::sessions_total, {state_in(key), status_in(key)}, number(count));
  }
  for (const auto& [key, count] : messages_) {
    counts.add(Id::messages_total, {state_in(key), status_in(key)}, number(count));
  }
  counts.add(Id::session_seconds, {}, session_seconds_);
  counts.add(Id::message_seconds, {}, message_seconds_);
  counts.add(Id::clients_gone_total, {}, number(clients_gone_));
  counts.add(Id::message_bytes_total, {}, number(bytes_));
  counts.add(Id::recipients_total, {"accepted"}, number(accepted_));
  counts.add(Id::recipients_total, {"refused"}, number(refused_));
  counts.add(Id::quarantined_total, {}, number(quarantined_));
  for (const auto& [name, counted] : milters_) {
    for (const auto& [key, count] : counted.verdicts) {
      counts.add(Id::milter_verdicts_total,
                 {name, state_in(key), status_in(key), group_in(key), cause_in(key)}, number(count));
    }
    for (const auto& [key, count] : counted.connections) {
      counts.add(Id::milter_connections_total, {name, state_in(key), status_in(key)}, number(count));
    }
    counts.add(Id::milter_recipients_total, {name, "passed"}, number(counted.passed));
    counts.add(Id::milter_recipients_total, {name, "rejected"}, number(counted.rejected));
    counts.add(Id::milter_recipients_total, {name, "deferred"}, number(counted.deferred));
    counts.add(Id::milter_wait_seconds, {name}, counted.waits);
    if (counted.started > 0) counts.add(Id::milter_starts_total, {name, "asked"}, number(counted.started));
    if (counted.not_started > 0)
      counts.add(Id::milter_starts_total, {name, "impossible"}, number(counted.not_started));
  }
  return counts;
}

void add_standing(const Standing& standing, Counts& counts) {
  const proxy::ServerCounters& server = standing.server;
  counts.add(Id::sessions, {}, number(server.sessions_open));
  counts.add(Id::max_connections, {}, number(server.max_connections));
  counts.add(Id::accepting, {}, server.accepting ? 1 : 0);
  counts.add(Id::accept_errors_total, {}, number(server.accept_errors));
  counts.add(Id::body_memory_bytes, {}, number(server.body_bytes));
  counts.add(Id::condition_queue, {}, number(standing.condition_queue));
  counts.add(Id::send_queue_bytes, {}, number(standing.unsent_bytes));
  for (const proxy::MilterStanding& milter : standing.milters) {
    counts.add(Id::milter_connections, {milter.name}, number(milter.open));
    counts.add(Id::milter_busy, {milter.name}, number(milter.busy));
    counts.add(Id::milter_errors_total, {milter.name}, number(milter.errors));
    counts.add(Id::milter_timeouts_total, {milter.name}, number(milter.timeouts));
    counts.add(Id::milter_reply_deadline_hits_total, {milter.name}, number(milter.reply_deadline_hits));
    counts.add(Id::milter_probes_total, {milter.name, "alive"}, number(milter.probes_alive));
    counts.add(Id::milter_probes_total, {milter.name, "failed"}, number(milter.probes_failed));
  }
}

}  // namespace milter_manager::metrics
