// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/protocol/command.h"
#include "core/protocol/option.h"
#include "core/tools/mail.h"

namespace milter_manager::tools {

// Macros of one stage by bare name: they go out sorted by it.
using Macros = std::map<std::string, std::string>;

// All that an MTA tells a milter in one connection with one mail.
struct Script {
  std::uint32_t version = protocol::kMaxVersion;
  std::string host;
  protocol::command::Family family = protocol::command::Family::unknown;
  std::uint16_t port = 0;
  std::string address;
  std::string helo;
  std::optional<std::string>
      unknown;  // an SMTP command that the MTA doesn't know, said behind the recipients
  Mail mail;
  // At the recipients' stage {rcpt_addr} is set to each one's address where it is not given here.
  std::map<protocol::CommandKind, Macros> macros;
};

}  // namespace milter_manager::tools
