// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/protocol/option.h"
#include "core/session/session.h"
#include "test/session/world.h"

namespace milter_manager::session {

// Compares what a session did with what a scenario says. Each function throws std::runtime_error where they differ.
class Expectations {
 public:
  // `names` are the children's. `world` must outlive the object.
  Expectations(World& world, std::vector<std::string> names) : world_(world), names_(std::move(names)) {}

  using Words = std::vector<std::string>;
  void mta_got(const Words& words);
  // "negotiate" alone is the MTA's offer; "open" is a call; "quit" includes the close.
  void child_got(int child, const Words& words, const protocol::Option& offer);
  // "condition mail hangs": the question, which waits no more.
  World::Question condition_asked(int child, const Words& words);
  void logged(const std::string& pattern);
  void warned(const std::string& pattern) const;
  // Several conditions may be asked at once, and each is answered by a line of its own.
  void nothing_left(bool mta_has_left, bool questions_may_be_open);

  void ignore_statistics() { with_statistics_ = false; }
  // Statistics lines name the session's and children's tags from now on.
  void name_tags(const Session& session);

 private:
  std::string named(const std::string& line) const;

  World& world_;
  std::vector<std::string> names_;
  std::map<std::uint32_t, std::string> tags_;
  std::size_t seen_ = 0;  // statistics lines that were expected so far
  bool with_statistics_ = true;
};

}  // namespace milter_manager::session
