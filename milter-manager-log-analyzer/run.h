// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "milter-manager-log-analyzer/options.h"

namespace milter_manager::log_analyzer {

struct Outcome {
  std::vector<std::string> notes;     // what is worth knowing and no failure
  std::vector<std::string> failures;  // work that was not done; none: all went well
};

// One run: reads the logs, brings the archives up to date, draws the pictures, writes index.html. Goes as far as it
// can: a log that can't be read does not keep the others from being counted.
Outcome run(const Options& options);

}  // namespace milter_manager::log_analyzer
