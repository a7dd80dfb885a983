// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/protocol/command.h"
#include "core/protocol/option.h"
#include "core/protocol/reply.h"
#include "core/result.h"
#include "core/session/known_children.h"
#include "core/session/settings.h"

namespace milter_manager::session {

// The bits of one event: that it is not wanted, and that it is not answered.
struct EventBits {
  std::uint32_t no_event = 0;
  std::uint32_t no_reply = 0;
};
EventBits bits_of(protocol::CommandKind kind);

// Whether a milter of that version has heard of the command: DATA came with version 4, unknown commands with 3.
bool knows_command(const protocol::Option& option, protocol::CommandKind kind);

// What the MTA is answered, from what is known of the children: it never waits for one.
//   - the MTA's version (at most 6) and all its actions;
//   - an event is declined when every child declines it and no condition wants it;
//   - headers are not answered when the MTA can do without: SMTP answers only after the final dot;
//     another event is not answered when no child answers it;
//   - what a milter can do in addition is asked for when a child asks for it or is not known yet;
//   - macros are asked for when a child asks for some: the union of the lists, of what we need, and of the MTAs'
//     defaults where a child has no list.
struct NegotiationAnswer {
  protocol::Option option;
  std::string symbols;  // bytes of protocol::SymbolLists
};
NegotiationAnswer answer_negotiation(const protocol::Option& offer, const Settings& settings,
                                     const KnownChildren& known);

// What was agreed on with a child that was offered `offer` and answered `answer`, when the MTA was told `told`. Fails
// where the child wants what can't be had.
Result<protocol::Option> agree(const protocol::Option& offer, const protocol::Option& told,
                               const protocol::Option& answer);

}  // namespace milter_manager::session
