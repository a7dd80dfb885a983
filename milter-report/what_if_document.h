// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/document.h"
#include "milter-report/model/what_if.h"

namespace milter_manager::report {

// A section: how all mail ended, how it would have with these milters enforced, each alone and together, and who has a part in it.
Section what_if_section(const JointOutcome& outcome);

}  // namespace milter_manager::report
