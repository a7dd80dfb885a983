// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/configuration.h"
#include "core/protocol/command.h"

namespace milter_manager::condition {

// What a condition may look at while it decides: the session as it stands, not copied. Views, valid during the call.
class SessionView {
 public:
  virtual ~SessionView() = default;
  // The value that the milter in question sees at the stage in question, with what conditions set before; names
  // with or without braces.
  virtual std::optional<std::string_view> macro(std::string_view name) const = 0;
  // What the MTA said at CONNECT, whatever the stage is now; nullptr where CONNECT was declined.
  virtual const protocol::command::Connect* client() const = 0;
  // Sessions in progress in the whole manager.
  virtual std::size_t n_sessions() const = 0;
  // Of our connection with the MTA: "inet:10025@[127.0.0.1]" or "unix:/path"; "" where not known.
  virtual std::string_view mta_address() const = 0;
};

// Is `milter` to be left out from `stage` on (at recipient: of this recipient)?
struct Question {
  config::Stage stage = config::Stage::connect;
  std::string_view milter;
  // What the MTA sent for the stage.
  const protocol::Command* command = nullptr;
  bool refused_recipient = false;  // the MTA itself has refused it
  const SessionView* session = nullptr;
};

struct Outcome {
  bool stop = false;
  struct Macro {
    std::string name, value;
  };
  std::vector<Macro> macros;  // to be set for this milter at this stage, also when it is not stopped
};

}  // namespace milter_manager::condition
