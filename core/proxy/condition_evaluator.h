// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string_view>

#include "core/config/configuration.h"
#include "core/net/loop.h"
#include "core/session/session.h"

namespace milter_manager::proxy {

// Asks applicable conditions whether a milter is to be left out. Used on the loop's thread.
class ConditionEvaluator {
 public:
  // On the loop's thread, never from within ask(); any time later, or never. Harmless once the session is
  // over.
  using Answer = std::function<void(const session::ConditionAnswer&)>;

  virtual ~ConditionEvaluator() = default;
  // The conditions of configuration's milter session.child(request.child).name at request.stage. The MTA's
  // connection comes from `mta` ("inet:40000@[127.0.0.1]"). `session`, `request` and `mta` are there until the call
  // returns: what is needed later is to be copied. Of `session` only what is const may be used.
  virtual void ask(const config::Configuration& configuration, const session::Session& session,
                   const session::ConditionRequest& request, std::string_view mta, Answer answer) = 0;
  // No more questions come from the session of this tag. Told of those that a question came from.
  virtual void session_ended([[maybe_unused]] std::uint32_t tag) {}
};

// For programs that have no conditions: stops nothing.
class NoConditions final : public ConditionEvaluator {
 public:
  explicit NoConditions(net::Loop& loop) : loop_(loop) {}
  void ask(const config::Configuration&, const session::Session&, const session::ConditionRequest&,
           std::string_view, Answer answer) override {
    loop_.post([answer = std::move(answer)] { answer({}); });
  }

 private:
  net::Loop& loop_;
};

}  // namespace milter_manager::proxy
