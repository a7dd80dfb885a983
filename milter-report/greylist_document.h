// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "milter-report/document.h"
#include "milter-report/model/greylist_delays.h"
#include "milter-report/model/setting_text.h"

namespace milter_manager::report {

// How greylisting did, what other settings would have done, and a recommendation.
void add_greylist(const GreylistRecord& record, const GreylistDelays& found, const std::string& milter,
                  Document& document);

}  // namespace milter_manager::report
