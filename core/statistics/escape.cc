// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/statistics/escape.h"

#include <cassert>

namespace milter_manager::statistics {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

int hex_value(char byte) {
  if (is_digit(byte)) return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

// The byte that an escape at `at` stands for, or -1.
int escaped_byte(std::string_view text, std::size_t at) {
  if (text.size() - at < kEscapeLength || text[at] != '\\' || text[at + 1] != 'x') return -1;
  const int high = hex_value(text[at + 2]);
  const int low = hex_value(text[at + 3]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

bool needs_escape(std::string_view text, std::size_t at, char closing) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20 || byte == 0x7f || byte == '\\') return true;
  if (closing != '\0' && text[at] == closing) return true;
  // "#012" would come back as a line break from a reader that undoes rsyslog's escapes.
  return byte == '#' && text.size() - at > 3 && is_digit(text[at + 1]) && is_digit(text[at + 2]) &&
         is_digit(text[at + 3]);
}

void append_escape(char byte, std::string& out) {
  const auto value = static_cast<unsigned char>(byte);
  out += "\\x";
  out += kHexDigits[value >> 4];
  out += kHexDigits[value & 15];
}

void append_escaped(std::string_view text, char closing, std::string& out) {
  std::size_t raw_begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text, i, closing)) continue;
    out.append(text, raw_begin, i - raw_begin);
    append_escape(text[i], out);
    raw_begin = i + 1;
  }
  out.append(text, raw_begin);
}

std::string_view Unescaper::operator()(std::string_view field) {
  std::size_t at = field.find("\\x");
  if (at == std::string_view::npos) return field;
  if (!used_) {
    used_ = true;
    scratch_.clear();
    scratch_.reserve(line_length_);
  }
  const std::size_t begin = scratch_.size();
  std::size_t raw_begin = 0;
  while (at != std::string_view::npos) {
    const int byte = escaped_byte(field, at);
    if (byte >= 0) {
      scratch_.append(field, raw_begin, at - raw_begin);
      scratch_ += static_cast<char>(byte);
      raw_begin = at + kEscapeLength;
    }
    at = field.find("\\x", byte >= 0 ? raw_begin : at + 1);
  }
  scratch_.append(field, raw_begin);
  assert(scratch_.size() <= line_length_);
  return std::string_view(scratch_).substr(begin);
}

}  // namespace milter_manager::statistics
