// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/condition/question.h"
#include "core/condition/snapshot.h"
#include "core/session/session.h"

namespace milter_manager::daemon {

using ConditionMacros = std::vector<condition::Outcome::Macro>;

// A session while it asks.
class LiveView final : public condition::SessionView {
 public:
  // `set` are the macros that conditions have set in this step. Everything must outlive it.
  LiveView(const session::Session& session, const session::ConditionRequest& request,
           const ConditionMacros& set, std::string_view mta, std::size_t n_sessions);

  std::optional<std::string_view> macro(std::string_view name) const override;
  const protocol::command::Connect* client() const override;
  std::size_t n_sessions() const override { return n_sessions_; }
  std::string_view mta_address() const override { return mta_; }

 private:
  const session::Session& session_;
  const session::ConditionRequest& request_;
  const ConditionMacros& set_;
  const std::string_view mta_;
  const std::size_t n_sessions_;
  mutable std::optional<protocol::Command> client_;
};

// What is kept of a session for the time when it may be gone.
struct KeptSession {
  std::shared_ptr<const condition::Snapshot> snapshot;
  std::string command;  // packets: what the MTA sent for the stage, and at CONNECT
  std::string client;
};

KeptSession keep(const session::Session& session, const session::ConditionRequest& request,
                 std::string_view mta, std::size_t n_sessions);

// For connection checkers: whose session it is, and the macros that the MTA has sent.
std::shared_ptr<const condition::Snapshot> keep_client(const session::Session& session, std::string_view mta);

// A session as it was when it asked.
class KeptView final : public condition::SessionView {
 public:
  // Everything must outlive it.
  KeptView(const KeptSession& session, const ConditionMacros& set);

  std::optional<std::string_view> macro(std::string_view name) const override;
  const protocol::command::Connect* client() const override;
  std::size_t n_sessions() const override { return session_.snapshot->n_sessions; }
  std::string_view mta_address() const override { return session_.snapshot->mta_address; }
  const protocol::Command& command() const { return *command_; }

 private:
  const KeptSession& session_;
  const ConditionMacros& set_;
  const std::optional<protocol::Command> command_;
  const std::optional<protocol::Command> client_;
};

}  // namespace milter_manager::daemon
