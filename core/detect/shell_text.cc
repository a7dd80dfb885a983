// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/shell_text.h"

#include <algorithm>
#include <utility>

namespace milter_manager::detect {
namespace {

// A quotation mark may be one within a text for people: what seems to go on for longer is one line.
constexpr int kMostLines = 40;

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::size_t name_length(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return 0;
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_name) - text.begin());
}

bool Quoting::plain(char c) {
  const bool after_dollar = std::exchange(dollar_, false);
  if (std::exchange(escaped_, false)) return false;
  if (mark_ == '\'') {
    if (c == '\'') mark_ = 0;
    return false;
  }
  if (c == '\\') {
    escaped_ = true;
    return false;
  }
  if (c == '$') dollar_ = true;
  if (after_dollar && (c == '{' || c == '(')) {
    ++braces_;
    return false;
  }
  if (braces_ > 0 && (c == '}' || c == ')')) {
    --braces_;
    return false;
  }
  if (mark_ != 0) {
    if (c == mark_) mark_ = 0;
    return false;
  }
  if (c == '"' || c == '`' || (c == '\'' && braces_ == 0)) {
    mark_ = c;
    return false;
  }
  return braces_ == 0;
}

std::optional<LogicalLines::Line> LogicalLines::next() {
  if (rest_.empty()) return std::nullopt;
  Line line{{}, number_, false};
  Quoting quoting;
  const std::string_view whole = rest_;
  std::string first;
  for (int n = 0; n < kMostLines && !rest_.empty(); ++n) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view physical = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    if (!physical.empty() && physical.back() == '\r') physical.remove_suffix(1);
    bool goes_on = false;
    for (std::size_t i = 0; i < physical.size(); ++i) {
      const char c = physical[i];
      if (c == '\\' && i + 1 == physical.size()) {
        goes_on = true;
        break;
      }
      const bool plain = quoting.plain(c);
      if (plain && c == '#' && (i == 0 || is_space(physical[i - 1]) || physical[i - 1] == ';')) break;
      line.text += c;
    }
    if (n == 0) first = line.text;
    if (goes_on) continue;
    if (!quoting.open()) return line;
    line.text += '\n';
  }
  if (!quoting.open()) return line;
  // Only its first line, and the others for themselves.
  rest_ = whole.substr(std::min(whole.find('\n'), whole.size() - 1) + 1);
  number_ = line.number + 1;
  return Line{first, line.number, true};
}

}  // namespace milter_manager::detect
