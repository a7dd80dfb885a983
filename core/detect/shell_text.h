// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace milter_manager::detect {

inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// How long the variable's name at the beginning is; 0: there is none.
std::size_t name_length(std::string_view text);

// Where in quotation marks a shell's text is, character by character.
class Quoting {
 public:
  // Whether `c`, the next character, means to the shell what it means outside of quotation marks.
  bool plain(char c);
  bool open() const { return mark_ != 0 || braces_ > 0; }

 private:
  char mark_ = 0;  // of the quotation that is open
  bool escaped_ = false;
  bool dollar_ = false;  // the last one
  int braces_ = 0;       // of ${…} and $(…) that are open
};

// The lines of a shell's text: without comments, those that go on put together.
class LogicalLines {
 public:
  struct Line {
    std::string text;
    int number = 0;  // of its first line
    bool open_quote = false;
  };

  explicit LogicalLines(std::string_view text) : rest_(text) {}
  std::optional<Line> next();

 private:
  std::string_view rest_;
  int number_ = 1;
};

}  // namespace milter_manager::detect
