// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

#include "core/net/loop.h"
#include "core/session/actions.h"

namespace milter_manager::proxy {

// The loop's time: one for all that an event brings about.
class LoopClock final : public session::Clock {
 public:
  explicit LoopClock(const net::Loop& loop) : loop_(loop) {}
  session::Time now() const override { return loop_.now(); }
  double unix_time() const override {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

 private:
  const net::Loop& loop_;
};

// Tags that no other worker gives out: worker i of n starts at i + 1 and goes on in steps of n. After the
// last one it starts again.
class SteppedTags final : public session::TagSource {
 public:
  explicit SteppedTags(std::uint32_t worker = 0, std::uint32_t workers = 1)
      : first_(worker + 1), step_(workers), next_(first_) {}

  std::uint32_t next_tag() override {
    const auto tag = next_;
    next_ = tag > UINT32_MAX - step_ ? first_ : tag + step_;
    return tag;
  }

 private:
  const std::uint32_t first_;
  const std::uint32_t step_;
  std::uint32_t next_;
};

}  // namespace milter_manager::proxy
