// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/command_line.h"

#include "core/detect/shell_text.h"

namespace milter_manager::detect {

std::vector<std::string> words_of_command(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char mark = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (mark == 0 && is_space(c)) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (mark != 0 && c == mark) {
      mark = 0;
    } else if (mark == 0 && (c == '"' || c == '\'')) {
      mark = c;
    } else if (c == '\\' && mark != '\'' && i + 1 < text.size()) {
      words.back() += text[++i];
    } else {
      words.back() += c;
    }
  }
  return words;
}

std::optional<std::string> flag_value(std::string_view arguments, char flag, std::string_view long_name) {
  const std::vector<std::string> words = words_of_command(arguments);
  const std::string short_flag{'-', flag};
  const std::string long_flag = "--" + std::string(long_name);
  std::optional<std::string> apart;
  std::optional<std::string> joined;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool is_long = !long_name.empty() && word.rfind(long_flag, 0) == 0;
    if (word == short_flag || (is_long && word == long_flag)) {
      if (i + 1 < words.size()) apart = words[i + 1];
    } else if (is_long && word[long_flag.size()] == '=') {
      joined = word.substr(long_flag.size() + 1);
    } else if (word.rfind(short_flag, 0) == 0) {
      joined = word.substr(short_flag.size());
    }
  }
  for (const auto& value : {apart, joined}) {
    if (value && !value->empty() && value->front() != '$') return value;
  }
  return std::nullopt;
}

}  // namespace milter_manager::detect
