// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/protocol/command.h"
#include "core/protocol/option.h"

namespace milter_manager::bench {

// What every session of a run is like.
struct Traffic {
  protocol::Option offer{protocol::kMaxVersion, protocol::action::kAll, protocol::step::kAll};
  int headers = 20;
  int recipients = 1;
  std::size_t body_bytes = 4096;
  std::size_t chunk_bytes = 65535;  // Sendmail's and Postfix's
  bool macros = true;
};

// One command as an MTA sends it, with its macros before it.
struct Step {
  protocol::CommandKind command;
  std::string bytes;
  std::uint32_t declined_by = 0;  // the step bit with which a milter says that it does not want it
  std::uint32_t no_reply_by = 0;  // … that it does not answer it
};

// A session's commands in their order, encoded once: sessions only copy them. A plain value.
struct Script {
  std::vector<Step> steps;
  std::size_t mail = 0;            // where a message begins
  std::size_t end_of_message = 0;  // its last step
  std::uint32_t offered_actions = 0;
  std::uint32_t offered_steps = 0;
  std::uint32_t offered_version = 0;
  std::string abort;
  std::string quit;
};

// An offer below version 4 means an MTA that knows no DATA.
Script write_script(const Traffic& traffic);

}  // namespace milter_manager::bench
