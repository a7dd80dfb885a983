// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "test/session/scenario.h"

namespace milter_manager::session {

// Plays a scenario with a Session, a stopped clock and no I/O. Throws ScenarioFailure at the first thing that is
// otherwise than the scenario says.
void run_scenario(const Scenario& scenario);

}  // namespace milter_manager::session
