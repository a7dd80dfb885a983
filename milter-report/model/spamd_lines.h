// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace milter_manager::report {

// What spamd itself says of its children, on one host:
//
//   spamd[701]: prefork: child states: BBBI            a letter a child: busy, idle, starting …
//   spamd[701]: prefork: server reached --max-children setting, consider raising it
//   spamd[812]: spamd: result: Y 12 - … scantime=1.5,size=…
struct SpamdLines {
  std::uint64_t states = 0;                               // lines "child states"
  std::uint64_t all_busy = 0;                             // of these, those without an idle child
  std::uint32_t most_children = 0;                        // letters in such a line, at most
  std::uint32_t most_busy = 0;                            // "B"s in one
  std::uint64_t reached_maximum = 0;                      // lines "server reached --max-children"
  std::uint64_t scans = 0;                                // lines "result" with a scantime
  double scan_seconds = 0;                                // their sum, as spamd rounds them: to 0.1 s
  std::map<std::int64_t, std::uint64_t> reached_by_hour;  // first second of the hour → lines "server reached"

  // A line of spamd's, behind its program and pid. What is no such line changes nothing.
  void add(double time, std::string_view text);

  // --max-children, as far as the lines tell: the most children there were, once the server has reached the setting.
  std::optional<std::uint32_t> max_children() const {
    if (reached_maximum == 0 || most_children == 0) return std::nullopt;
    return most_children;
  }
};

}  // namespace milter_manager::report
