// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::control {

// Columns under headlines, as wide as what is in them (counted in UTF-8 characters); the first one and those named in `left` are
// aligned left, all others, numbers, right. No blanks at the ends of lines.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> headlines, std::vector<std::size_t> left = {});
  // As many cells as headlines.
  void add(std::vector<std::string> cells);
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<bool> left_;
};

}  // namespace milter_manager::control
