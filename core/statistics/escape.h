// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace milter_manager::statistics {

// The length of "\xHH".
inline constexpr std::size_t kEscapeLength = 4;

// Whether the byte at `at` has to be escaped in a field that `closing` ends ('\0': the end of the line).
bool needs_escape(std::string_view text, std::size_t at, char closing);

// Appends `text`, escaped for a field that `closing` ends.
void append_escaped(std::string_view text, char closing, std::string& out);

// Appends one byte as "\xHH".
void append_escape(char byte, std::string& out);

// Undoes "\xHH" in fields of one line. All fields that hold an escape share `scratch`; its memory is taken at once,
// as much as the line is long, so that views into it stay valid. Anything else behind a backslash stays as it is.
class Unescaper {
 public:
  Unescaper(std::string_view line, std::string& scratch) : line_length_(line.size()), scratch_(scratch) {}

  // A view into `field` where it holds no escape, else into scratch.
  std::string_view operator()(std::string_view field);

 private:
  std::size_t line_length_;
  std::string& scratch_;
  bool used_ = false;
};

}  // namespace milter_manager::statistics
