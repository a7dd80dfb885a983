// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "core/statistics/event.h"

namespace milter_manager::simulation {

// Counts what must be reported exactly once.
class Ends {
 public:
  void take(const statistics::Event& event);
  // "" or what was not once: `connections` of `children` each were begun.
  std::string fault(std::size_t connections, std::size_t children, bool negotiated) const;

 private:
  std::map<std::uint32_t, int> sessions_, milters_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> messages_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, int> milter_messages_;
};

}  // namespace milter_manager::simulation
