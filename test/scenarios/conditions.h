// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "test/scenarios/wire.h"
#include "test/session/definitions.h"
#include "test/session/scenario.h"
#include "test/session/world.h"

namespace milter_manager::scenarios {

// The applicable conditions of a scenario's children, in a configuration's words: they ask the test, over a socket, and do what
// it answers.
class Conditions {
 public:
  Conditions() = default;  // of children that have none
  // `refused`: they ask about refused recipients too.
  Conditions(const session::Scenario& scenario, const std::vector<session::ChildDefinition>& children,
             bool refused);

  bool empty() const { return definitions_.empty(); }
  // They ask at `socket`.
  std::string definitions(const std::string& socket) const;
  // What stands in the definition of a milter.
  std::string uses(std::size_t child) const { return empty() ? std::string() : uses_[child]; }

 private:
  std::string definitions_;
  std::vector<std::string> uses_;
};

// The test's side of the socket.
class Questions {
 public:
  explicit Questions(std::string path) : socket_(std::move(path)) {}

  const std::string& path() const { return socket_.path(); }
  // Adds what is asked; whether anything was.
  bool exchange(session::World& world);
  // "passes x=y", "stops S25R x=y".
  void answer(std::uint32_t question, const std::vector<std::string>& words);

 private:
  ListeningSocket socket_;
  std::deque<Wire> wires_;  // by question
  std::deque<bool> has_asked_;
};

}  // namespace milter_manager::scenarios
