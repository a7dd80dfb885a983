// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "milter-report/document.h"
#include "milter-report/model/greylist_delays.h"

namespace milter_manager::report {

// How greylisting did, what other settings would have done, and a recommendation.
void add_greylist(const GreylistRecord& record, const GreylistDelays& found, const std::string& milter,
                  Document& document);

// A time as milter-greylist writes it, rounded to whole minutes: "10m", "12h", "3d", "1w".
std::string greylist_time(double seconds);

}  // namespace milter_manager::report
