// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace milter_manager::report {

// Standard input as a file, for who reads logs twice. Where a path is "-" it is copied to a file without a name, which takes
// the path's place and is gone with this object.
class SpooledInput {
 public:
  SpooledInput() = default;
  SpooledInput(const SpooledInput&) = delete;
  SpooledInput& operator=(const SpooledInput&) = delete;
  ~SpooledInput();

  // Error: no room, or standard input fails.
  Result<void> replace(std::vector<std::string>& paths);

 private:
  int descriptor_ = -1;
};

}  // namespace milter_manager::report
