// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "milter-manager-log-analyzer/graph_table.h"

namespace milter_manager::log_analyzer {

// The colours of a picture that are no series', 0xRRGGBB.
struct Theme {
  std::string_view suffix;  // of file names: "STEM.day.png", "STEM.day.dark.png"
  bool is_dark;
  std::uint32_t paper;
  std::uint32_t ink;
  std::uint32_t faint;    // texts that matter less
  std::uint32_t axis;     //
  std::uint32_t grid;     // } lines
  std::uint32_t unknown;  // the ground where nothing is known

  std::uint32_t of(const Colour& colour) const { return is_dark ? colour.dark : colour.light; }
};

// Light, dark.
std::span<const Theme> themes();

}  // namespace milter_manager::log_analyzer
