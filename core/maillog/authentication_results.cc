// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/authentication_results.h"

#include <array>

#include "core/maillog/ascii.h"

namespace milter_manager::maillog {
namespace {

// Behind the comment that begins at `at`; the end of the text where it has none. `inside` becomes what it holds.
std::size_t skip_comment(std::string_view text, std::size_t at, std::string_view& inside) {
  const std::size_t begin = ++at;
  for (int depth = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      inside = text.substr(begin, at - begin);
      return at + 1;
    }
  }
  inside = text.substr(begin);
  return text.size();
}

// CFWS (RFC 5322, 3.2.2). `first`, where wanted, becomes what the first comment holds.
std::size_t skip_cfws(std::string_view text, std::size_t at, std::string_view* first = nullptr) {
  for (;;) {
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != '(') return at;
    std::string_view inside;
    at = skip_comment(text, at, inside);
    if (first != nullptr) *first = inside;
    first = nullptr;
  }
}

// Behind the quoted string that begins at `at`.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// Where the piece that `at` is in ends: at a ";", or at the end of the text.
std::size_t end_of_piece(std::string_view text, std::size_t at) {
  // Most bytes are none of these.
  static constexpr auto kIsMark = [] {
    std::array<bool, 256> is_mark{};
    for (const char mark : {'(', '"', ';', '\\'}) is_mark[static_cast<unsigned char>(mark)] = true;
    return is_mark;
  }();
  std::string_view ignored;
  for (;;) {
    while (at < text.size() && !kIsMark[static_cast<unsigned char>(text[at])]) ++at;
    if (at >= text.size() || text[at] == ';') break;
    if (text[at] == '(') {
      at = skip_comment(text, at, ignored);
    } else if (text[at] == '"') {
      at = skip_quoted(text, at);
    } else {
      at += 2;  // an escaped mark
    }
  }
  return std::min(at, text.size());
}

bool is_alphanumeric(char byte) { return is_digit(byte) || (lower(byte) >= 'a' && lower(byte) <= 'z'); }

// RFC 5321, 4.1.2, and "_", which methods and properties have in practice.
std::string_view take_keyword(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && (is_alphanumeric(text[at]) || text[at] == '-' || text[at] == '_')) ++at;
  return text.substr(begin, at - begin);
}

bool take_mark(std::string_view text, std::size_t& at, char mark) {
  const std::size_t next = skip_cfws(text, at);
  if (next >= text.size() || text[next] != mark) return false;
  at = next + 1;
  return true;
}

// A value as it stands there: a quoted string, or what comes up to white space or a comment. More than a token
// (RFC 2045) may hold: signatures have "/" and "=", addresses "@", and few writers quote them.
std::string_view take_value(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  if (at < text.size() && text[at] == '"') {
    at = skip_quoted(text, at);
    if (at >= text.size() || text[at] != '@') return text.substr(begin, at - begin);
  }
  while (at < text.size() && !is_space(text[at]) && text[at] != '(' && text[at] != ';') ++at;
  return text.substr(begin, at - begin);
}

std::string without_quotes(std::string_view value) {
  if (value.empty() || value.front() != '"') return std::string(value);
  std::string out;
  bool quoted = true;
  for (std::size_t at = 1; at < value.size(); ++at) {
    if (quoted && value[at] == '"') {
      quoted = false;
      continue;
    }
    if (quoted && value[at] == '\\' && at + 1 < value.size()) ++at;
    out += value[at];
  }
  return out;
}

// "METHOD[/VERSION] = RESULT [(COMMENT)] …"
std::optional<AuthenticationResult> read_result(std::string_view piece) {
  AuthenticationResult result;
  std::size_t at = skip_cfws(piece, 0);
  result.method = take_keyword(piece, at);
  if (result.method.empty()) return std::nullopt;
  if (take_mark(piece, at, '/')) {
    at = skip_cfws(piece, at);
    result.version = take_keyword(piece, at);
  }
  if (!take_mark(piece, at, '=')) return std::nullopt;
  at = skip_cfws(piece, at);
  result.result = take_keyword(piece, at);
  if (result.result.empty()) return std::nullopt;
  at = skip_cfws(piece, at, &result.comment);
  result.properties = piece.substr(at);
  return result;
}

struct Property {
  std::string_view type;  // "header"; "" for "reason"
  std::string_view name;  // "d"
  std::string_view value;
};

// The next property of `text`; steps over words that are none. None at the end.
std::optional<Property> next_property(std::string_view text, std::size_t& at) {
  while ((at = skip_cfws(text, at)) < text.size()) {
    Property property;
    property.name = take_keyword(text, at);
    if (!property.name.empty() && take_mark(text, at, '.')) {
      at = skip_cfws(text, at);
      property.type = property.name;
      property.name = take_keyword(text, at);
    }
    const bool is_one = !property.name.empty() && take_mark(text, at, '=');
    if (is_one) at = skip_cfws(text, at);
    const std::size_t begin = at;
    property.value = take_value(text, at);
    if (is_one) return property;
    if (at == begin && at < text.size() && text[at] != '(') ++at;
  }
  return std::nullopt;
}

}  // namespace

AuthenticationResults::AuthenticationResults(std::string_view value) : value_(value) {
  std::size_t at = skip_cfws(value, 0);
  const std::string_view server = take_value(value, at);
  // In front of the first ";" stands who checked, even where it does not look so.
  const bool is_result = server.find('=') != server.npos && server.front() != '"';
  if (!is_result) server_ = server;
  at_ = end_of_piece(value, 0) + 1;
}

std::optional<AuthenticationResult> AuthenticationResults::next() {
  while (at_ < value_.size()) {
    const std::size_t end = end_of_piece(value_, at_);
    const std::string_view piece = value_.substr(at_, end - at_);
    at_ = end + 1;
    if (const auto result = read_result(piece)) return result;
  }
  return std::nullopt;
}

std::optional<std::string> property_of(const AuthenticationResult& result, std::string_view name) {
  if (name == "comment") {
    if (result.comment.empty()) return std::nullopt;
    return std::string(result.comment);
  }
  const std::size_t dot = name.find('.');
  const std::string_view type = dot == name.npos ? std::string_view() : name.substr(0, dot);
  const std::string_view wanted = dot == name.npos ? name : name.substr(dot + 1);
  std::size_t at = 0;
  while (const auto property = next_property(result.properties, at)) {
    if (same_word(property->type, type) && same_word(property->name, wanted))
      return without_quotes(property->value);
  }
  return std::nullopt;
}

}  // namespace milter_manager::maillog
