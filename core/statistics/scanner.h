// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace milter_manager::statistics {

// Takes an event's text apart from the left. What does not fit is remembered: after the last step, done() or rest()
// and ok() tell whether everything fitted. Steps after the first misfit do nothing and return zeros.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  // Everything fitted, and nothing is left.
  bool done() const { return ok_ && rest_.empty(); }
  // Everything fitted so far, and `prefix` is next; it is taken only if so.
  bool next_is(std::string_view prefix) {
    if (!ok_ || !rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  bool at(char byte) const { return ok_ && !rest_.empty() && rest_.front() == byte; }
  void literal(std::string_view text) { ok_ = next_is(text); }

  // What stands before `closing`, which is taken too.
  std::string_view until(std::string_view closing) { return split(closing, rest_.find(closing)); }
  std::string_view until_last(std::string_view closing) { return split(closing, rest_.rfind(closing)); }
  // "[TEXT]"
  std::string_view bracket() {
    literal("[");
    return until("]");
  }
  std::string_view rest() {
    const std::string_view all = rest_;
    rest_ = {};
    return all;
  }

  template <typename Integer>
  Integer number() {
    // Nearly all numbers are short: they need no call, and cannot be too large.
    std::uint32_t small = 0;
    const std::size_t length = short_number(0, small);
    if (ok_ && length > 0 && length < kShort) {
      rest_.remove_prefix(length);
      return Integer{small};
    }
    Integer value = 0;
    if (ok_) take(std::from_chars(rest_.data(), rest_.data() + rest_.size(), value));
    return ok_ ? value : Integer{0};
  }
  double seconds() {
    if (const auto value = short_seconds()) return *value;
    double value = 0;
    // Neither "inf" nor "nan".
    const std::string_view digits = rest_.starts_with('-') ? rest_.substr(1) : rest_;
    ok_ = ok_ && !digits.empty() && digits.front() >= '0' && digits.front() <= '9';
    if (ok_) take(std::from_chars(rest_.data(), rest_.data() + rest_.size(), value));
    return ok_ ? value : 0;
  }

  // "[NUMBER]" and "(NUMBER)"
  template <typename Integer>
  Integer bracketed_number() {
    literal("[");
    const auto value = number<Integer>();
    literal("]");
    return value;
  }
  double bracketed_seconds() {
    literal("[");
    const double value = seconds();
    literal("]");
    return value;
  }
  std::optional<double> optional_bracketed_seconds() {
    if (next_is("[-]")) return std::nullopt;
    return bracketed_seconds();
  }

  // A word of the vocabulary, in brackets.
  template <typename Value>
  Value word(std::optional<Value> (*parse)(std::string_view)) {
    const std::optional<Value> value = parse(bracket());
    ok_ = ok_ && value.has_value();
    return value.value_or(Value{});
  }

 private:
  std::string_view split(std::string_view closing, std::string_view::size_type at) {
    ok_ = ok_ && at != std::string_view::npos;
    if (!ok_) return {};
    const std::string_view before = rest_.substr(0, at);
    rest_.remove_prefix(at + closing.size());
    return before;
  }
  static constexpr std::size_t kShort = 10;  // digits: numbers of fewer fit into 32 bits

  // How many digits are at `at`, and the number that they are; kShort where they may be as many or more.
  std::size_t short_number(std::size_t at, std::uint32_t& value) const {
    std::size_t length = 0;
    for (; length < kShort - 1 && at + length < rest_.size(); ++length) {
      const auto digit = static_cast<unsigned char>(rest_[at + length] - '0');
      if (digit > 9) return length;
      value = value * 10 + digit;
    }
    return at + length < rest_.size() && length == kShort - 1 ? kShort : length;
  }

  // "0.409743": exact, as both numbers of the division are, which rounds once. None for what is written otherwise.
  std::optional<double> short_seconds() {
    constexpr double kUnits[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    std::uint32_t whole = 0;
    std::uint32_t fraction = 0;
    const std::size_t whole_length = short_number(0, whole);
    if (!ok_ || whole_length == 0 || whole_length >= kShort - 3 || rest_.size() <= whole_length ||
        rest_[whole_length] != '.') {
      return std::nullopt;
    }
    const std::size_t length = short_number(whole_length + 1, fraction);
    const std::size_t end = whole_length + 1 + length;
    if (length == 0 || length >= kShort || rest_.size() <= end || rest_[end] != ']') return std::nullopt;
    rest_.remove_prefix(end);
    const double unit = kUnits[length];
    return (whole * unit + fraction) / unit;
  }

  void take(std::from_chars_result result) {
    ok_ = result.ec == std::errc{};
    if (ok_) rest_.remove_prefix(static_cast<std::string_view::size_type>(result.ptr - rest_.data()));
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace milter_manager::statistics
