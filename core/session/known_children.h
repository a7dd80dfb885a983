// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/protocol/option.h"

namespace milter_manager::session {

// What milters answered to earlier negotiations, so that the MTA's is answered without waiting for any of them.
// One for each configuration, shared by its sessions; indices are those of Settings::children.
class KnownChildren {
 public:
  struct Knowledge {
    protocol::Option option;  // as the milter answered
    std::string symbols;      // bytes of protocol::SymbolLists; empty: it sent none
  };

  explicit KnownChildren(std::size_t children) : known_(children) {}

  // Null for a child that has not negotiated yet: it counts as wanting every event and reply.
  const Knowledge* find(int child) const {
    const auto& known = known_[static_cast<std::size_t>(child)];
    return known ? &*known : nullptr;
  }
  void remember(int child, Knowledge knowledge) {
    known_[static_cast<std::size_t>(child)] = std::move(knowledge);
  }

 private:
  std::vector<std::optional<Knowledge>> known_;
};

}  // namespace milter_manager::session
