// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/rsyslog_escape.h"

#include <cstddef>

namespace milter_manager::maillog {
namespace {

// The control byte that "#ooo" at `at` stands for, or -1.
int control_byte(std::string_view text, std::size_t at) {
  if (text.size() - at < 4) return -1;
  int value = 0;
  for (std::size_t i = at + 1; i < at + 4; ++i) {
    if (text[i] < '0' || text[i] > '7') return -1;
    value = value * 8 + (text[i] - '0');
  }
  return value < 0x20 || value == 0x7f ? value : -1;
}

}  // namespace

std::string_view undo_rsyslog_escapes(std::string_view text, std::string& scratch) {
  std::size_t raw_begin = 0;
  bool found = false;
  for (std::size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at)) {
    const int byte = control_byte(text, at);
    if (byte < 0) {
      ++at;
      continue;
    }
    if (!found) scratch.clear();
    found = true;
    scratch.append(text, raw_begin, at - raw_begin);
    scratch += static_cast<char>(byte);
    at += 4;
    raw_begin = at;
  }
  if (!found) return text;
  scratch.append(text, raw_begin);
  return scratch;
}

}  // namespace milter_manager::maillog
