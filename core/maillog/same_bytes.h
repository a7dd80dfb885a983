// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace milter_manager::maillog {

// Whether `text` begins with `prefix`: as starts_with(), without a call. For the few bytes that are compared in every
// line of a log, where most often they are the same.
inline bool begins_with(std::string_view text, std::string_view prefix) {
  const std::size_t size = prefix.size();
  if (text.size() < size) return false;
  const auto differ = [&](std::size_t at, auto word) {
    auto other = word;
    std::memcpy(&word, text.data() + at, sizeof word);
    std::memcpy(&other, prefix.data() + at, sizeof other);
    return word != other;
  };
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    if (differ(at, std::uint64_t{})) return false;
  }
  // The last eight bytes again, as far as they have not been compared.
  if (size >= 8) return at == size || !differ(size - 8, std::uint64_t{});
  if (size >= 4) return !differ(0, std::uint32_t{}) && !differ(size - 4, std::uint32_t{});
  for (; at < size; ++at) {
    if (text[at] != prefix[at]) return false;
  }
  return true;
}

}  // namespace milter_manager::maillog
