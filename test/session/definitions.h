// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/protocol/option.h"
#include "core/session/settings.h"
#include "test/session/scenario.h"

namespace milter_manager::session {

// A milter as a scenario defines it.
struct ChildDefinition {
  ChildSettings settings;
  protocol::Option wish{protocol::kMaxVersion, protocol::action::kAll,
                        0};  // what it answers to a negotiation
  std::string symbols;
  bool known = true;     // it has answered a negotiation before
  bool by_hand = false;  // the scenario says how it is connected to and what it negotiates
  bool down = false;     // it can't be reached

  // What it answers to an offer: no more than that.
  protocol::Option answer(const protocol::Option& offer) const;
};

// "child NAME …" and "manager NAME=VALUE…"; throw std::runtime_error.
ChildDefinition parse_child(const std::vector<std::string>& words);
void parse_manager(const std::vector<std::string>& words, Settings& settings);

Fallback parse_fallback(std::string_view word);
Stage parse_stage(std::string_view word);

}  // namespace milter_manager::session
