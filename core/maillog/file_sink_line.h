// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/maillog/stamp.h"

namespace milter_manager::maillog {

// A line of milter-manager's own log file (`log.path`), taken apart. It names no host, and no process unless
// asked to:
//
//   [2026-01-02T03:04:05.678901Z]: [session][end][end-of-message][pass][0.25](7)
//   [statistics][milter-manager][2026-01-02T03:04:05.678901Z] [812]: [session][end]…
//
// The brackets before the text are the log's items, in the order in which it writes them.
struct FileSinkLine {
  Stamp stamp;
  std::uint32_t pid = 0;  // 0: the line has none
  // Whether it is a statistics line: by its level where the line has one, else by how its text begins.
  bool statistics = false;
  std::string_view text;
};

// No value for what is no such line: no time among the items, or a place in the source text.
// Cost: one pass over the items; no allocation.
std::optional<FileSinkLine> parse_file_sink_line(std::string_view line);

}  // namespace milter_manager::maillog
