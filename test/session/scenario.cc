// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/session/scenario.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace milter_manager::session {
namespace {

class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  // No word is left, or a comment begins.
  bool at_end() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
    return rest_.empty() || rest_.front() == '#';
  }

  std::string word() {
    std::string word;
    bool in_quotes = false;
    bool was_quoted = false;
    for (; !rest_.empty() && (in_quotes || (rest_.front() != ' ' && rest_.front() != '\t'));
         rest_.remove_prefix(1)) {
      if (rest_.front() == '"') {
        in_quotes = !in_quotes;
        was_quoted = true;
      } else if (in_quotes && rest_.front() == '\\' && rest_.size() > 1) {
        rest_.remove_prefix(1);
        word += escaped();
      } else {
        word += rest_.front();
      }
    }
    if (in_quotes) throw std::runtime_error("a quote is not closed");
    return was_quoted ? word : repeated(word);
  }

 private:
  char escaped() {
    switch (rest_.front()) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case '0':
        return '\0';
      case 'x': {
        const std::string digits(rest_.substr(1, 2));
        rest_.remove_prefix(digits.size());
        return static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16));
      }
      default:
        return rest_.front();
    }
  }

  static std::string repeated(const std::string& word) {
    if (word.size() < 3 || word[1] != '*' || word.find_first_not_of("0123456789", 2) != std::string::npos)
      return word;
    return std::string(std::strtoul(word.c_str() + 2, nullptr, 10), word[0]);
  }

  std::string_view rest_;
};

}  // namespace

Scenario parse_scenario(std::string path, std::string_view text) {
  Scenario scenario{std::move(path), {}};
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    LineReader reader(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ScenarioLine line{number, {}};
    try {
      while (!reader.at_end()) line.words.push_back(reader.word());
    } catch (const std::runtime_error& error) {
      throw ScenarioFailure(scenario, number, error.what());
    }
    if (!line.words.empty()) scenario.lines.push_back(std::move(line));
  }
  return scenario;
}

Scenario read_scenario(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) throw std::runtime_error(path + ": can't be read");
  std::string text;
  char buffer[4096];
  for (std::size_t size; (size = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, size);
  std::fclose(file);
  return parse_scenario(path.substr(path.rfind('/') + 1), text);
}

std::string quoted(std::string_view text) {
  if (text.size() > 200) return fmt::format("{}… ({} bytes)", quoted(text.substr(0, 40)), text.size());
  std::string out;
  bool needed = text.empty() || text.front() == '#';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') needed = true;
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\') {
      needed = true;
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
      }
    } else {
      out += c;
    }
  }
  return needed ? "\"" + out + "\"" : out;
}

bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  pattern.remove_prefix(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at) {
    if (matches(pattern, text.substr(at))) return true;
  }
  return false;
}

}  // namespace milter_manager::session
