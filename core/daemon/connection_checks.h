// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "core/condition/connection_table.h"
#include "core/net/loop.h"
#include "core/proxy/connection_checker.h"
#include "core/ruby/condition_pool.h"

namespace milter_manager::daemon {

// Finds out for the proxy whether an SMTP client is still there. "netstat" is what the system's table of connections says:
// gone is who has closed the connection while the MTA has not; who can't be found there (the MTA is on another host, the
// client's port is not known) counts as connected. All other connection checkers are the configuration's blocks, asked
// through the pool. One that says no is enough.
//
// On the loop's thread.
class ConnectionChecks final : public proxy::ConnectionChecker {
 public:
  // Both must outlive it.
  ConnectionChecks(net::Loop& loop, ruby::ConditionPool& pool);

  void ask(const config::Configuration& configuration, const session::Session& session, std::string_view mta,
           Answer answer) override;
  void session_ended(std::uint32_t tag) override;

 private:
  void look_up(ruby::ConditionPool::Question question, Answer answer);

  net::Loop& loop_;
  ruby::ConditionPool& pool_;
  condition::ConnectionTable table_;
  std::unordered_map<std::uint32_t, condition::ConnectionTable::Question> looked_up_;  // by session
};

}  // namespace milter_manager::daemon
