// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <string>
#include <string_view>

namespace milter_manager::maillog {

// Words and numbers in a line of the read state, with a blank between them.

// Any bytes as one word: "%HH" for what is not printable ASCII; the empty word is "%".
inline void put_word(std::string_view word, std::string& out) {
  out += ' ';
  if (word.empty()) out += '%';
  for (const char byte : word) {
    if (byte > ' ' && byte < '\x7f' && byte != '%') {
      out += byte;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02x}", static_cast<unsigned char>(byte));
    }
  }
}

// Numbers so that they are read back as they were.
template <typename Number>
void put_number(Number number, std::string& out) {
  out += ' ';
  if constexpr (std::is_same_v<Number, bool>) {
    out += number ? '1' : '0';
  } else {
    char digits[40];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
    out.append(digits, end.ptr);
  }
}

// Takes a line apart. After the first word that is not as wanted ok() is false, and all else reads as 0.
class StateLine {
 public:
  explicit StateLine(std::string_view line) : rest_(line) {}

  std::string_view raw_word() {
    if (rest_.empty()) ok_ = false;
    const std::size_t length = std::min(rest_.find(' '), rest_.size());
    const std::string_view word = rest_.substr(0, length);
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
    return word;
  }

  std::string word() {
    const std::string_view raw = raw_word();
    std::string out;
    if (raw == "%") return out;
    for (std::size_t at = 0; at < raw.size(); ++at) {
      if (raw[at] != '%') {
        out += raw[at];
        continue;
      }
      unsigned byte = 0;
      const char* const digits = raw.data() + at + 1;
      if (raw.size() - at < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
        ok_ = false;
        return out;
      }
      out += static_cast<char>(static_cast<unsigned char>(byte));
      at += 2;
    }
    return out;
  }

  template <typename Number>
  Number number() {
    if constexpr (std::is_same_v<Number, bool>) {
      const std::string_view raw = raw_word();
      ok_ = ok_ && (raw == "0" || raw == "1");
      return raw == "1";
    } else {
      Number number = 0;
      const std::string_view raw = raw_word();
      const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
      ok_ = ok_ && error == std::errc{} && end == raw.data() + raw.size();
      return ok_ ? number : Number{};
    }
  }

  void require(bool condition) { ok_ = ok_ && condition; }
  bool has_more() const { return !rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace milter_manager::maillog
