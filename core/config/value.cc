// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/value.h"

#include <fmt/format.h>

#include <cmath>

namespace milter_manager::config {
namespace {

// The length of the valid UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
      (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)) {
    return 0;  // overlong, surrogate, beyond U+10FFFF
  }
  return length;
}

std::string_view short_escape(char c) {
  switch (c) {
    case '\a':
      return "\\a";
    case '\b':
      return "\\b";
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    case '\v':
      return "\\v";
    case '\f':
      return "\\f";
    case '\r':
      return "\\r";
    case 27:
      return "\\e";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    default:
      return {};
  }
}

std::string float_literal(double number) {
  if (std::isnan(number)) return "Float::NAN";
  if (std::isinf(number)) return number < 0 ? "-Float::INFINITY" : "Float::INFINITY";
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) return text + ".0";
  // Ruby wants a digit after the point of 1e+20 too; it reads 1.0e+20.
  if (const auto e = text.find('e'); e != std::string::npos && text.find('.') == std::string::npos)
    text.insert(e, ".0");
  return text;
}

struct Literal {
  std::string operator()(std::monostate) const { return "nil"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return float_literal(value); }
  std::string operator()(const std::string& value) const { return ruby_literal(std::string_view(value)); }
  std::string operator()(const List& value) const {
    std::string text;
    for (const std::string& one : value) {
      if (!text.empty()) text += ", ";
      text += ruby_literal(std::string_view(one));
    }
    return "[" + text + "]";
  }
  std::string operator()(const Table& value) const {
    std::string text;
    for (const auto& [name, one] : value) {
      if (!text.empty()) text += ", ";
      text += ruby_literal(std::string_view(name)) + "=>" + std::visit(Literal{}, one);
    }
    return "{" + text + "}";
  }
};

}  // namespace

std::string ruby_literal(std::string_view text) {
  std::string literal = "\"";
  while (!text.empty()) {
    const char c = text[0];
    std::size_t length = utf8_length(text);
    const bool opens_interpolation =
        c == '#' && text.size() > 1 && (text[1] == '{' || text[1] == '$' || text[1] == '@');
    if (const auto escape = short_escape(c); !escape.empty()) {
      literal += escape;
    } else if (length == 0 || (length == 1 && (c < 0x20 || c == 0x7f))) {
      literal += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
      length = 1;
    } else {
      if (opens_interpolation) literal += '\\';
      literal += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return literal + '"';
}

std::string ruby_literal(const Value& value) { return std::visit(Literal{}, value); }

}  // namespace milter_manager::config
