// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "test/simulation/manager.h"

namespace milter_manager::simulation {

// What comes out when the MTA talks to the milters itself.
struct Direct {
  Outcome outcome;
  std::vector<Transcript> transcripts;
};
Direct direct_outcome(const Play& play);

// "" or in what the way through the manager differs: what the client was told, the mails, what each milter has seen.
std::string difference(const Play& play, const Direct& direct, const Outcome& outcome,
                       const std::vector<Transcript>& transcripts);

// "" or the mail that passed though a milter whose word counts has refused it, or has failed and would refuse.
std::string bypass(const Play& play, const Manager& manager, const Outcome& outcome);

bool was_changed(const Play& play, const Outcome::Delivered& delivered);

}  // namespace milter_manager::simulation
