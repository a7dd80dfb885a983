// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/clock_watch.h"

#include <fmt/format.h>

#include <utility>

namespace milter_manager::supervision {

std::optional<std::string> ClockWatch::check(System system, Steady steady) {
  const auto last = std::exchange(last_, Pair{system, steady});
  if (!last) return std::nullopt;
  const std::chrono::duration<double> step = (system - last->system) - (steady - last->steady);
  if (step < kStep && step > -kStep) return std::nullopt;
  return fmt::format(
      "[clock][step] the system's clock was set {} by {:.0f} seconds (or the machine slept): the log's times "
      "jump; timeouts do not",
      step.count() > 0 ? "forward" : "back", step.count() > 0 ? step.count() : -step.count());
}

}  // namespace milter_manager::supervision
