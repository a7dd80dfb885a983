// SPDX-License-Identifier: GPL-3.0-or-later
// What the producer of an event does with names and values that came over the wire.
#include <algorithm>
#include <cstddef>

#include "core/statistics/escape.h"
#include "core/statistics/event.h"

namespace milter_manager::statistics {
namespace {

constexpr std::size_t kMaximumEscapedValue = 2048;
constexpr std::size_t kMaximumName = 255;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// The length of the UTF-8 character at `at`; 1 for a byte that begins none.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  std::size_t length = 1;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  if (text.size() - at < length) return 1;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[at + i])) return 1;
  }
  return length;
}

void unfold(std::string_view value, std::string& out) {
  std::size_t begin = 0;
  while (begin < value.size()) {
    const std::size_t line_break = std::min(value.find_first_of("\r\n", begin), value.size());
    out.append(value, begin, line_break - begin);
    if (line_break == value.size()) return;
    out += ' ';
    begin = std::min(value.find_first_not_of("\r\n \t", line_break), value.size());
  }
}

}  // namespace

bool prepare_value(std::string_view value, std::string& out) {
  out.clear();
  unfold(value, out);
  std::size_t escaped_length = 0;
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t length = character_length(out, at);
    escaped_length += needs_escape(out, at, '>') ? kEscapeLength : length;
    if (escaped_length > kMaximumEscapedValue) {
      out.resize(at);
      return true;
    }
    at += length;
  }
  return false;
}

std::string_view prepare_name(std::string_view name) {
  if (name.size() <= kMaximumName) return name;
  // A character that the limit would split begins at most three bytes before it.
  for (std::size_t at = kMaximumName - 3; at < kMaximumName; ++at) {
    if (at + character_length(name, at) > kMaximumName) return name.substr(0, at);
  }
  return name.substr(0, kMaximumName);
}

}  // namespace milter_manager::statistics
