// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/metrics/counts.h"
#include "core/supervision/measurements.h"
#include "core/supervision/snapshot.h"

namespace milter_manager::metrics {

// All that the table has, of the whole manager: what the processes measured, and what the main process knows itself.
Counts total(const supervision::Snapshot& snapshot, const std::string& version);

// How the main process carries and adds the measurements of processes that serve; `take` is for such a process to fill in.
supervision::Measurements measurements();

}  // namespace milter_manager::metrics
