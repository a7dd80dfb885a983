// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/greylist_delay.h"

#include "core/maillog/ascii.h"

namespace milter_manager::maillog {
namespace {

// Steps over a word and the white space behind it.
bool take_word(std::string_view text, std::size_t& at, std::string_view word) {
  if (!same_word(text.substr(at, word.size()), word)) return false;
  const std::size_t end = at + word.size();
  at = skip_space(text, end);
  return at > end;
}

// One or more digits; false for none and for absurdly many.
bool take_number(std::string_view text, std::size_t& at, std::uint64_t& number) {
  constexpr std::size_t kMaximumDigits = 9;
  const std::size_t begin = at;
  number = 0;
  while (at < text.size() && is_digit(text[at]) && at - begin <= kMaximumDigits) {
    number = number * 10 + static_cast<std::uint64_t>(text[at++] - '0');
  }
  return at > begin && at - begin <= kMaximumDigits;
}

}  // namespace

std::optional<std::uint64_t> greylist_delay(std::string_view header, std::string_view value) {
  if (!same_word(header, "x-greylist")) return std::nullopt;
  std::size_t at = skip_space(value, 0);
  if (!take_word(value, at, "delayed") || !take_word(value, at, "for")) return std::nullopt;
  std::uint64_t hours = 0, minutes = 0, seconds = 0;
  if (!take_number(value, at, hours) || at >= value.size() || value[at++] != ':') return std::nullopt;
  if (!take_number(value, at, minutes) || at >= value.size() || value[at++] != ':') return std::nullopt;
  if (!take_number(value, at, seconds)) return std::nullopt;
  return (hours * 60 + minutes) * 60 + seconds;
}

}  // namespace milter_manager::maillog
