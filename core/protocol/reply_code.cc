// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "core/protocol/reply.h"
#include "core/protocol/wire.h"

namespace milter_manager::protocol {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits that `text` begins with.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// "5.7.1" is meant as one; "5.7", "5." and "192.0.2.1" are text.
bool looks_like_extended_code(std::string_view word) {
  for (int part = 0; part < 3; ++part) {
    if (part > 0) {
      if (word.empty() || word[0] != '.') return false;
      word.remove_prefix(1);
    }
    if (take_digits(word).empty()) return false;
  }
  return word.empty();
}

Result<void> check_extended_code(std::string_view word, std::string_view code) {
  std::string_view rest = word;
  const auto code_class = take_digits(rest);
  if (code_class != "4" && code_class != "5") {
    return failure(fmt::format("the class of extended code {} is neither 4 nor 5", quote(word)));
  }
  if (code_class[0] != code[0]) {
    return failure(fmt::format("extended code {} is of another class than code {}", quote(word), code));
  }
  while (!rest.empty()) {
    rest.remove_prefix(1);
    if (take_digits(rest).size() > 3) {
      return failure(fmt::format("a part of extended code {} is above 999", quote(word)));
    }
  }
  return {};
}

Result<void> check_line(std::string_view line, std::string_view code, bool last) {
  if (line.empty()) return failure("an empty line in a reply code");
  if (line.find_first_of("\r\n") != std::string_view::npos) {
    return failure("a line end that is no CRLF in reply code " + quote(line));
  }
  if (line.substr(0, 3) != code) {
    return failure(fmt::format("line {} does not begin with code {}", quote(line), code));
  }
  line.remove_prefix(3);
  if (line.empty()) return {};
  if (line[0] != ' ' && line[0] != '-') {
    return failure(fmt::format("neither blank nor \"-\" behind code {}: {}", code, quote(line)));
  }
  if (line[0] == '-' && last) return failure(fmt::format("code {} announces a line that is missing", code));
  line.remove_prefix(1);
  const auto word = line.substr(0, line.find(' '));
  return looks_like_extended_code(word) ? check_extended_code(word, code) : Result<void>();
}

}  // namespace

Result<void> check_reply_code(std::string_view text) {
  const auto code = text.substr(0, 3);
  if (code.size() < 3 || (code[0] != '4' && code[0] != '5') || !is_digit(code[1]) || !is_digit(code[2])) {
    return failure(fmt::format("no code from 400 to 599: {}", quote(code)));
  }
  if (text.find('\0') != std::string_view::npos) return failure("a NUL in reply code " + quote(text));
  while (true) {
    const auto end = text.find("\r\n");
    const bool last = end == std::string_view::npos;
    if (const auto checked = check_line(text.substr(0, end), code, last); !checked) return checked;
    if (last) return {};
    text.remove_prefix(end + 2);
  }
}

}  // namespace milter_manager::protocol
