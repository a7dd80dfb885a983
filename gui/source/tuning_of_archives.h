// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/result.h"
#include "gui/model/tuning.h"

namespace milter_manager::gui {

// What the archives of a folder tell the tuning pages. Wait for the disk. `milter`: "" for the one that asks spamd by its name.
Result<WorkersMaterial> workers_of_archives(const std::string& folder, const Period& period,
                                            const std::string& milter);
Result<EvaluationMaterial> evaluation_of_archives(const std::string& folder, const Period& period);

// Whose name says that it asks spamd ("spamass-milter"), or that it greylists.
bool asks_spamd(std::string_view milter);
bool greylists(std::string_view milter);

}  // namespace milter_manager::gui
