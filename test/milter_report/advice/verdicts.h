// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "milter-report/model/mails.h"

namespace milter_manager::report {

// What a milter said of a message, at the stage at which it said so.
inline ChildVerdict child(std::string_view name, statistics::State state, statistics::Status status,
                          statistics::Group group = statistics::Group::enforced) {
  ChildVerdict verdict;
  verdict.name = name;
  verdict.state = state;
  verdict.status = status;
  verdict.group = group;
  return verdict;
}

}  // namespace milter_manager::report
