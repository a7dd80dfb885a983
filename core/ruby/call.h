// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/condition/question.h"
#include "core/condition/snapshot.h"

namespace milter_manager::ruby {

// What conditions keep for later conditions of the same message: marshalled values by key.
using Shelf = std::map<std::string, std::string, std::less<>>;

// One call of Ruby code on its way from the loop to a Ruby thread and back.
struct Call {
  using Time = std::chrono::steady_clock::time_point;
  enum class Kind : std::uint8_t { conditions, matcher, connection_checkers };
  enum class State : std::uint8_t {
    waiting,
    running,
    answered,
    expired,  // the loop has gone on without it: nothing that it does counts any more
  };

  // Never changed once a Ruby thread may have it.
  std::uint64_t number = 0;
  Kind kind = Kind::conditions;
  std::uint64_t generation = 0;
  std::vector<std::string> conditions;  // names, in the order of asking; or: those of connection checkers
  std::shared_ptr<const condition::Snapshot> snapshot;
  std::shared_ptr<const Shelf> shelf;  // nullptr: empty
  std::uint32_t matcher = 0;
  std::string subject;

  // Everything below is guarded by this.
  std::mutex mutex;
  State state = State::waiting;
  bool thread_has_it = false;  // a Ruby thread is still busy with it, whatever the state is
  bool killed = false;         // its thread was ended by the Ruby code
  std::string place;           // of the block that runs or ran last: "FILE:LINE: <CONDITION>"
  // The answer as far as it is known. What was done before the time was up counts.
  bool yes = false;       // stop; or: the matcher matches; or: the client is gone
  std::string condition;  // which one stops
  std::vector<condition::Outcome::Macro> macros;
  std::vector<std::pair<std::string, std::optional<std::string>>> shelf_changes;  // nullopt: removed

  // What the Ruby code sees: its own changes first. Valid while the call runs.
  const std::string* macro(std::string_view name) const;
  const std::string* shelved(std::string_view key) const;
};

}  // namespace milter_manager::ruby
