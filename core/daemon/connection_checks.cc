// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/connection_checks.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/condition/client_presence.h"
#include "core/daemon/condition_views.h"

namespace milter_manager::daemon {

using condition::ConnectionTable;

namespace {

// All who ask at the same time share a walk, and nobody waits for what an older one has missed.
ConnectionTable::Sources sources() {
  ConnectionTable::Sources result;
  result.lifetime = std::chrono::milliseconds(500);
  return result;
}

}  // namespace

ConnectionChecks::ConnectionChecks(net::Loop& loop, ruby::ConditionPool& pool)
    : loop_(loop), pool_(pool), table_(loop, sources()) {}

void ConnectionChecks::ask(const config::Configuration& configuration, const session::Session& session,
                           std::string_view mta, Answer answer) {
  const auto snapshot = keep_client(session, mta);
  ruby::ConditionPool::Question question;
  question.generation = configuration.generation;
  question.conditions = configuration.manager.connection_checkers;
  question.snapshot = snapshot;
  question.deadline = loop_.now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                        configuration.manager.condition_timeout);
  auto& names = question.conditions;
  const bool netstat = configuration.manager.netstat_connection_checker;
  if (netstat) names.erase(std::remove(names.begin(), names.end(), "netstat"), names.end());
  if (netstat && condition::may_be_in_connection_table(*snapshot))
    return look_up(std::move(question), std::move(answer));
  if (!names.empty()) return pool_.ask_connected(std::move(question), std::move(answer));
  loop_.post([answer = std::move(answer)] { answer(true); });
}

void ConnectionChecks::session_ended(std::uint32_t tag) {
  looked_up_.erase(tag);
  pool_.session_ended(tag);
}

void ConnectionChecks::look_up(ruby::ConditionPool::Question question, Answer answer) {
  const auto snapshot = question.snapshot;
  auto found = [this, question = std::move(question),
                answer = std::move(answer)](const std::optional<ConnectionTable::Connection>& connection) {
    looked_up_.erase(question.snapshot->session);
    const bool gone = connection && connection->state == ConnectionTable::State::close_wait;
    if (gone || question.conditions.empty()) return answer(!gone);
    pool_.ask_connected(question, answer);
  };
  looked_up_[snapshot->session] =
      table_.find(snapshot->client_address, snapshot->client_port, std::move(found));
}

}  // namespace milter_manager::daemon
