// SPDX-License-Identifier: GPL-3.0-or-later
// What words of a shell stand for.
#include <fmt/format.h>

#include <algorithm>

#include "core/detect/shell.h"
#include "core/detect/shell_text.h"

namespace milter_manager::detect {
namespace {

constexpr std::size_t kMaxBytes =
    4096;                     // of a value: variables that hold each other twice would double it each time
constexpr int kMaxDepth = 8;  // of ${a:-${b:-…}}

// Behind the bracket that closes the one before `from`.
std::size_t end_of_bracket(std::string_view text, std::size_t from, char open, char close) {
  int depth = 1;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == open) {
      ++depth;
    } else if (text[i] == close && --depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace

void Shell::expand_braces(std::string_view inner, Word& into, int depth) {
  const std::size_t length = name_length(inner);
  const std::string name(inner.substr(0, length));
  std::string_view rest = inner.substr(length);
  const bool or_empty = rest.substr(0, 1) == ":";
  if (or_empty) rest.remove_prefix(1);
  const Setting* found = find(name);
  const bool has_default = !rest.empty() && (rest.front() == '-' || rest.front() == '=');
  if (found && !(has_default && or_empty && found->text.empty())) {
    into.text += found->text;
  } else if (has_default && length > 0) {
    const Word other = word(rest.substr(1), 0, true, depth + 1);
    into.runs_command = into.runs_command || other.runs_command;
    into.text += other.text;
    if (rest.front() == '=' && !other.runs_command && active() != Answer::no)
      set(name, {other.text, file_, line_});
  } else {
    into.text += fmt::format("${{{}}}", inner);
  }
}

// From `from` to the first space outside of quotation marks, or to the end of the whole text.
Shell::Word Shell::word(std::string_view text, std::size_t from, bool whole, int depth) {
  Word word;
  bool quoted = false;
  std::size_t i = from;
  while (i < text.size() && (whole || quoted || !is_space(text[i])) && word.text.size() <= kMaxBytes) {
    const char c = text[i++];
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '\'' && !quoted) {
      const std::size_t end = std::min(text.find('\'', i), text.size());
      word.text += text.substr(i, end - i);
      i = std::min(end + 1, text.size());
    } else if (c == '\\' && i < text.size()) {
      if (quoted && text[i] != '"' && text[i] != '$' && text[i] != '\\' && text[i] != '`') word.text += c;
      word.text += text[i++];
    } else if (c == '`') {
      word.runs_command = true;
      i = std::min(text.find('`', i), text.size() - 1) + 1;
    } else if (c == '$' && i < text.size() && text[i] == '(') {
      word.runs_command = true;
      i = end_of_bracket(text, i + 1, '(', ')');
    } else if (c == '$' && i < text.size() && text[i] == '{') {
      const std::size_t end = end_of_bracket(text, i + 1, '{', '}');
      const std::string_view inner = text.substr(i + 1, end > i + 1 ? end - i - 2 : 0);
      if (depth < kMaxDepth) expand_braces(inner, word, depth);
      i = end;
    } else if (const std::size_t length = c == '$' ? name_length(text.substr(i)) : 0; length > 0) {
      const Setting* found = find(std::string(text.substr(i, length)));
      word.text += found ? found->text : fmt::format("${}", text.substr(i, length));
      i += length;
    } else {
      word.text += c;
    }
  }
  word.end = i;
  if (word.text.size() > kMaxBytes) {
    files_.warn(file_, line_, "a value is too long to be used");
    word.text.clear();
    word.end = text.size();
  }
  return word;
}

std::vector<std::string> Shell::words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) break;
    Word next = word(text, at, false);
    at = next.end;
    words.push_back(next.runs_command ? "$(" + next.text : next.text);
  }
  return words;
}

std::string Shell::expanded(std::string_view text) { return word(text, 0, true).text; }

}  // namespace milter_manager::detect
