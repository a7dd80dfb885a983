// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/protocol/reply.h"
#include "core/tools/mta_session.h"

namespace milter_manager::tools {

// A milter that answers as it is told: to the nth command of a kind the nth list of replies, the last list again for more;
// what nothing is said about is continued.
struct ScriptedMilter {
  protocol::reply::Negotiate negotiation{{6, protocol::action::kAll, 0}, {}};
  std::map<protocol::CommandKind, std::vector<std::vector<protocol::Reply>>> answers;
};

struct Dialogue {
  Outcome outcome;
  std::vector<std::string> commands;                    // described, without macros
  std::map<protocol::CommandKind, std::string> macros;  // the last ones for each stage, described
};

// The script's session with that milter, without I/O. No-reply steps are not answered.
Dialogue hold(const Script& script, const ScriptedMilter& milter);

// One recipient, one header, one line of body.
Script small_script();

}  // namespace milter_manager::tools
