// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "core/config/configuration.h"
#include "core/session/session.h"

namespace milter_manager::proxy {

// Tells whether SMTP clients are still there. Used on the loop's thread.
class ConnectionChecker {
 public:
  // On the loop's thread, never from within ask(); any time later. Harmless once the session is over.
  using Answer = std::function<void(bool connected)>;

  virtual ~ConnectionChecker() = default;
  // Whether the SMTP client of `session` is still connected to the MTA, as configuration.manager.connection_checkers
  // see it. The MTA's connection with us comes from `mta` ("inet:40000@[127.0.0.1]"). `session` and `mta` are there until the
  // call returns: what is needed later is to be copied.
  virtual void ask(const config::Configuration& configuration, const session::Session& session,
                   std::string_view mta, Answer answer) = 0;
  // No more questions come from the session of this tag, and no answer is wanted. Told of those that a question came from, or
  // one to conditions.
  virtual void session_ended(std::uint32_t tag) = 0;
};

}  // namespace milter_manager::proxy
