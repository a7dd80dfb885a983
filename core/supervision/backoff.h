// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>

namespace milter_manager::supervision {

// How long to wait before something that has ended is started again: not at all the first time; longer and longer when it dies
// soon each time. A fault that comes back with each start must not burn the processor, a single one must not cost service.
class Backoff {
 public:
  using Seconds = std::chrono::duration<double>;
  // One that has lived for so long did not die of its start.
  static constexpr Seconds kAWhile{10};
  static constexpr Seconds kFirst{1};
  static constexpr Seconds kLongest{30};

  // It has ended `lived` after its start.
  Seconds next(Seconds lived) {
    if (lived >= kAWhile) wait_ = Seconds{0};
    const Seconds wait = wait_;
    wait_ = std::clamp(wait_ * 2, kFirst, kLongest);
    return wait;
  }

 private:
  Seconds wait_{0};
};

}  // namespace milter_manager::supervision
