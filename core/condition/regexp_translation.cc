// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/regexp_translation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace milter_manager::condition {
namespace {

constexpr int kDeepest = 100;
constexpr int kMostRepeats = 1000;  // RE2's limit

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What stands for \d, \w, \s, \h within brackets. Ruby's \s has the vertical tab, RE2's own has not.
std::string_view class_members(char name) {
  switch (name) {
    case 'd':
      return "0-9";
    case 'w':
      return "0-9A-Za-z_";
    case 's':
      return R"( \t-\r)";
    case 'h':
      return "0-9A-Fa-f";
    default:
      return {};
  }
}

void append_literal(char c, std::string& out) {
  if (is_letter(c) || is_digit(c) || c == '_') {
    out += c;
  } else if (c > ' ' && c < 0x7f) {
    out += '\\';
    out += c;
  } else {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
  }
}

// The character that an escape outside of this list stands for: \. \- \/ \t …
std::optional<char> escaped_character(char name) {
  switch (name) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return '\a';
    case 'e':
      return '\x1b';
    default:
      break;
  }
  const bool punctuation = name > ' ' && name < 0x7f && !is_letter(name) && !is_digit(name);
  if (punctuation || name == ' ') return name;
  return std::nullopt;
}

// A recursive descent through the source. Every function leaves `at_` behind what it has read, and returns false to
// refuse.
class Translation {
 public:
  Translation(std::string_view source, int options) : source_(source) {
    flags_.ignore_case = (options & kRegexpIgnoreCase) != 0;
    flags_.extended = (options & kRegexpExtended) != 0;
    flags_.dot_all = (options & kRegexpMultiline) != 0;
  }

  std::optional<std::string> run() {
    out_ = flags_.ignore_case ? "(?i:" : "(?-i:";
    if (!alternatives() || !at_end()) return std::nullopt;
    return std::move(out_) + ")";
  }

 private:
  struct Flags {
    bool ignore_case = false, extended = false, dot_all = false;
  };

  bool at_end() const { return at_ == source_.size(); }
  char peek() const { return at_end() ? '\0' : source_[at_]; }
  bool looking_at(std::string_view text) const { return source_.substr(at_, text.size()) == text; }
  bool take(char c) {
    if (at_end() || source_[at_] != c) return false;
    ++at_;
    return true;
  }

  // Up to ")" or the end. An empty alternative within a group is refused.
  bool alternatives() {
    for (;;) {
      const std::size_t before = out_.size();
      if (!sequence()) return false;
      if (out_.size() == before && depth_ > 0) return false;
      if (!take('|')) return true;
      out_ += '|';
    }
  }

  bool sequence() {
    for (;;) {
      skip_comments();
      if (at_end() || peek() == '|' || peek() == ')') return true;
      if (!piece()) return false;
    }
  }

  void skip_comments() {
    while (flags_.extended && !at_end()) {
      if (is_space(peek())) {
        ++at_;
      } else if (peek() == '#') {
        while (!at_end() && peek() != '\n') ++at_;
      } else {
        return;
      }
    }
  }

  bool piece() {
    bool repeatable = true;
    if (!atom(repeatable)) return false;
    skip_comments();
    return quantifier(repeatable);
  }

  bool atom(bool& repeatable) {
    const char c = source_[at_++];
    switch (c) {
      case '\\':
        return escape(repeatable);
      case '[':
        return bracket();
      case '(':
        return group();
      case '.':
        out_ += flags_.dot_all ? "(?s:.)" : R"([^\n])";
        return true;
      case '^':
        repeatable = false;
        out_ += R"(\A)";
        return true;
      case '$':
        repeatable = false;
        out_ += R"(\z)";
        return true;
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        return false;
      default:
        if (static_cast<unsigned char>(c) >= 0x80 || c == '\0') return false;
        append_literal(c, out_);
        return true;
    }
  }

  bool escape(bool& repeatable) {
    if (at_end()) return false;
    const char c = source_[at_++];
    if (c == 'A' || c == 'z') {
      repeatable = false;
      out_ += '\\';
      out_ += c;
      return true;
    }
    if (const auto members = class_members(c); !members.empty()) {
      fmt::format_to(std::back_inserter(out_), "[{}]", members);
      return true;
    }
    if (c == 'D' || c == 'W' || c == 'S' || c == 'H') {
      fmt::format_to(std::back_inserter(out_), "[^{}]", class_members(static_cast<char>(c - 'A' + 'a')));
      return true;
    }
    const auto character = escaped_character(c);
    if (!character) return false;
    append_literal(*character, out_);
    return true;
  }

  // "[" was read. Members are written one by one, escaped.
  bool bracket() {
    const bool negated = take('^');
    std::string members;
    bool first = true;
    while (!take(']')) {
      if (at_end() || (first && peek() == '-')) return false;
      first = false;
      if (!member(members)) return false;
    }
    if (members.empty()) return false;
    out_ += negated ? "[^" : "[";
    out_ += members;
    out_ += ']';
    return true;
  }

  bool member(std::string& members) {
    if (peek() == '\\' && at_ + 1 < source_.size()) {
      if (const auto set = class_members(source_[at_ + 1]); !set.empty()) {
        at_ += 2;
        members += set;
        return peek() != '-' || source_.substr(at_ + 1, 1) == "]";  // a range cannot begin with a class
      }
    }
    // At the end only: elsewhere Ruby may read it as a range.
    if (peek() == '-') {
      ++at_;
      members += R"(\-)";
      return peek() == ']';
    }
    const auto low = member_character();
    if (!low) return false;
    append_literal(*low, members);
    if (peek() != '-' || source_.substr(at_ + 1, 1) == "]") return true;
    ++at_;
    const auto high = member_character();
    if (!high || static_cast<unsigned char>(*high) < static_cast<unsigned char>(*low)) return false;
    members += '-';
    append_literal(*high, members);
    // "a-z-9": Ruby warns and takes the second "-" as itself.
    return peek() != '-' || source_.substr(at_ + 1, 1) == "]";
  }

  std::optional<char> member_character() {
    if (at_end()) return std::nullopt;
    const char c = source_[at_++];
    if (c == '[' || c == '&' || c == '\0' || static_cast<unsigned char>(c) >= 0x80) return std::nullopt;
    if (c == ']' || c == '-') return std::nullopt;
    if (c != '\\') return c;
    if (at_end()) return std::nullopt;
    return escaped_character(source_[at_++]);
  }

  // "(" was read.
  bool group() {
    if (++depth_ > kDeepest) return false;
    const Flags outer = flags_;
    if (take('?') && !group_options()) return false;
    out_ += flags_.ignore_case ? "(?i:" : "(?-i:";
    if (!alternatives() || !take(')')) return false;
    out_ += ')';
    flags_ = outer;
    --depth_;
    return true;
  }

  // "imx-imx:"; anything else after "(?" is refused.
  bool group_options() {
    bool on = true;
    for (;;) {
      if (at_end()) return false;
      const char c = source_[at_++];
      switch (c) {
        case ':':
          return true;
        case 'i':
          flags_.ignore_case = on;
          break;
        case 'x':
          flags_.extended = on;
          break;
        case 'm':
          flags_.dot_all = on;
          break;
        case '-':
          if (!on) return false;
          on = false;
          break;
        default:
          return false;
      }
    }
  }

  bool quantifier(bool repeatable) {
    const char c = peek();
    if (at_end() || (c != '*' && c != '+' && c != '?' && c != '{')) return true;
    if (!repeatable) return false;
    bool counted = false;
    if (c == '{') {
      counted = true;
      if (!bounds()) return false;
    } else {
      ++at_;
      out_ += c;
    }
    // "{2}?" is "at most twice" in Ruby where the count is fixed; other counts are lazy: refused alike.
    if (peek() == '?') {
      if (counted) return false;
      ++at_;
      out_ += '?';
    }
    skip_comments();
    // Possessive or stacked.
    const char next = peek();
    return at_end() || (next != '*' && next != '+' && next != '?' && next != '{');
  }

  // {n} {n,} {,m} {n,m}. A brace that is none of these stands for itself in Ruby.
  bool bounds() {
    const auto end = source_.find('}', at_);
    if (end == std::string_view::npos) return false;
    const std::string_view inside = source_.substr(at_ + 1, end - at_ - 1);
    const auto comma = inside.find(',');
    const auto low = number(inside.substr(0, comma));
    const auto high = comma == std::string_view::npos ? low : number(inside.substr(comma + 1));
    if (!low || !high || (*low < 0 && *high < 0)) return false;
    if (comma == std::string_view::npos && *low < 0) return false;
    if (*high >= 0 && *low > *high) return false;
    at_ = end + 1;
    if (comma == std::string_view::npos) {
      fmt::format_to(std::back_inserter(out_), "{{{}}}", *low);
    } else if (*high < 0) {
      fmt::format_to(std::back_inserter(out_), "{{{},}}", *low);
    } else {
      fmt::format_to(std::back_inserter(out_), "{{{},{}}}", std::max(*low, 0), *high);
    }
    return true;
  }

  // -1 for an empty text; nullopt for what is no number within the limit.
  static std::optional<int> number(std::string_view text) {
    if (text.empty()) return -1;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !is_digit(text[0])) return std::nullopt;
    if (value > kMostRepeats) return std::nullopt;
    return value;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  Flags flags_;
  int depth_ = 0;
  std::string out_;
};

}  // namespace

std::optional<std::string> translate_regexp(std::string_view source, int options) {
  constexpr int kKnown = kRegexpIgnoreCase | kRegexpExtended | kRegexpMultiline;
  if ((options & ~kKnown) != 0) return std::nullopt;
  return Translation(source, options).run();
}

bool plain_subject(std::string_view subject) {
  return std::none_of(subject.begin(), subject.end(),
                      [](char c) { return c == '\n' || static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace milter_manager::condition
