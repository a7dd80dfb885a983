// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace milter_manager::supervision {

// Sees when somebody sets the system's clock: statistics and logs are of times by that clock, so who reads them must know. Timeouts are
// of another clock, which nobody sets.
class ClockWatch {
 public:
  using System = std::chrono::system_clock::time_point;
  using Steady = std::chrono::steady_clock::time_point;
  // What is corrected little by little (NTP slews 0.5 ms a second) is none.
  static constexpr std::chrono::seconds kStep{2};

  // To be called from time to time, with both clocks' times at one moment. The line for the log, if the clock was set since the last call.
  std::optional<std::string> check(System system, Steady steady);

 private:
  struct Pair {
    System system;
    Steady steady;
  };
  std::optional<Pair> last_;
};

}  // namespace milter_manager::supervision
