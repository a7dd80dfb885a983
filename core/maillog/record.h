// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/statistics/event.h"

namespace milter_manager::maillog {

// What a heartbeat tells of its process's lines since the process's last heartbeat. All 0 for other events.
struct Delivery {
  std::uint64_t written = 0;  // statistics lines that the process handed to its sink
  std::uint64_t lost = 0;     // of these, those that never reached this log
  std::uint64_t dropped = 0;  // not in `written`: those that the sink could not take
};

// One event of a log. Views and references are valid during the callback that brings the record, not longer.
struct Record {
  double time = 0;  // Unix seconds, with the fraction where the line has one
  std::string_view host;
  std::uint32_t pid = 0;
  const statistics::Event& event;
  Delivery delivery;
};

}  // namespace milter_manager::maillog
