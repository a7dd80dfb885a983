// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "milter-report/document.h"
#include "milter-report/model/trial.h"

namespace milter_manager::report {

struct EvaluationOptions {
  double limit_percent = 0.1;
  std::size_t domains = 20;
};

// A table of all trials, then a section for each.
void add_evaluation(const std::vector<const Trial*>& trials, const ReadReport& report,
                    const EvaluationOptions& options, Document& document);

// The conclusions of one trial: sentences.
std::vector<std::string> conclusions_of(const Trial& trial, double limit);

}  // namespace milter_manager::report
