// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace milter_manager::tools {

struct DiffLine {
  enum class Kind : std::uint8_t { same, removed, added };
  Kind kind = Kind::same;
  std::string text;
  friend bool operator==(const DiffLine&, const DiffLine&) = default;
};

// How `before` becomes `after`, with the longest common subsequence kept; what is removed stands before what is added in its
// place. Cost: time and memory of before × after, without what both begin and end with. Where that is too much
// (beyond 4 million pairs), the middle is shown as removed and added.
std::vector<DiffLine> diff(const std::vector<std::string>& before, const std::vector<std::string>& after);

}  // namespace milter_manager::tools
