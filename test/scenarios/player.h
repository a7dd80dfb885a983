// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "test/session/scenario.h"

namespace milter_manager::scenarios {

// Why a scenario can't be played with a manager and sockets; "" for one that can.
std::string only_without_sockets(const session::Scenario& scenario);

// Plays it: the MTA and the children are sockets, the manager is the program. What a peer gets, and that nothing else
// comes before anything new happens, is compared as in test/session; so are the statistics, at the end. Throws
// session::ScenarioFailure.
void play_with_manager(const session::Scenario& scenario);

}  // namespace milter_manager::scenarios
