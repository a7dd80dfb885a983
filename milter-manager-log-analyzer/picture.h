// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/result.h"
#include "milter-manager-log-analyzer/window.h"

namespace milter_manager::log_analyzer {

struct Picture {
  std::string png;
  int width = 0;  // as it is to be shown: the picture has twice as many dots each way
  int height = 0;
};

// Draws a window of its archives with its legend: what is drawn is what the legend counts. Series that counted
// nothing are not drawn but named below the legend.
// Colours, titles and units come from the definition; `milter` is the milter's name, to be shown, or "".
// Not for several threads at once. Cost: some 50 ms.
Result<Picture> draw(const GraphDefinition& definition, const Range& range, const Window& window,
                     const std::string& milter);

// "milter: status: clamav-milter"
std::string title_of(const GraphDefinition& definition, const std::string& milter);

// A count for people: "1,234,567".
std::string grouped(double count);
// A largest value for people: a count, or "0.35".
std::string at_most(double value);

}  // namespace milter_manager::log_analyzer
