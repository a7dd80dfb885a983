// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/session/settings.h"
#include "test/daemon/program.h"
#include "test/scenarios/conditions.h"
#include "test/scenarios/statistics_lines.h"
#include "test/scenarios/wire.h"
#include "test/session/definitions.h"

namespace milter_manager::scenarios {

// A milter-manager with the children of one scenario. Functions throw std::runtime_error.
class Manager {
 public:
  // Starts it, and waits until it has learnt what the children that it is to know want. No time limit of it is short:
  // what is played takes as long as the machine takes.
  Manager(const std::vector<session::ChildDefinition>& children, const session::Settings& settings,
          const Conditions& conditions = {});

  // As the MTA does for a session.
  Wire connect();
  // Where the child listens.
  ListeningSocket& place(std::size_t child) { return *places_[child]; }
  // nullptr: the children have no conditions.
  Questions* questions() { return questions_.get(); }
  // Returns when the manager has worked on all that it was sent before: it reads what came first first.
  void catch_up();
  // Has it end, which must be an orderly end, and gives what it has logged about the sessions.
  StatisticsLines end();
  // For failures.
  std::string log() const { return read_file(folder_.file("log")); }

 private:
  std::string configuration(const std::vector<session::ChildDefinition>& children,
                            const session::Settings& settings, const Conditions& conditions) const;
  void start();
  void be_probed(const session::ChildDefinition& child, std::size_t index);

  Folder folder_;
  std::vector<std::unique_ptr<ListeningSocket>> places_;
  std::unique_ptr<Questions> questions_;
  std::vector<Wire> unanswered_probes_;
  std::vector<bool> connections_;  // to the manager, in order: whether for a session
  std::unique_ptr<Program> program_;
};

}  // namespace milter_manager::scenarios
