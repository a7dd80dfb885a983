// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "core/supervision/worker_messages.h"

namespace milter_manager::supervision {

// What milters with a circuit breaker answered, as long as the supervisor has not been told.
class UntoldAnswers {
 public:
  // With so many answers, of all milters together, the supervisor is told at once: a milter that rejects everything is noticed
  // soon also when much mail comes at once. Fewer wait for tell().
  static constexpr std::size_t kAtOnce = 10;
  // While the supervisor takes nothing, only so many of each milter are kept, the last ones: more than a breaker looks back.
  static constexpr std::size_t kMostOfOne = 500;

  // False: the supervisor can take nothing now; they stay.
  using Send = std::function<bool(const MilterAnswers& answers)>;
  explicit UntoldAnswers(Send send);

  void add(std::string_view milter, bool rejected);
  void tell();

 private:
  const Send send_;
  MilterAnswers answers_;
  std::size_t count_ = 0;  // since they were told
};

}  // namespace milter_manager::supervision
