// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/milter_files.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <utility>

#include "core/detect/shell_text.h"

namespace milter_manager::detect {
namespace {

constexpr long kMaxTarpit = 86400;  // more is a mistake, and no timeout for a session

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& line) {
  line = trimmed(line);
  const auto end = static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_space) - line.begin());
  const std::string_view word = line.substr(0, end);
  line = trimmed(line.substr(end));
  return word;
}

std::string_view without_quotes(std::string_view text) {
  const bool quoted =
      text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// Calls `each` with key, value and number of every line but comments.
template <typename Each>
void for_each_key(std::string_view text, char separator, Each&& each) {
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = take_line(text);
    line = trimmed(line.substr(0, line.find('#')));
    std::string_view key = take_word(line);
    if (!key.empty() && key.back() == separator) key.remove_suffix(1);
    if (!key.empty()) each(key, without_quotes(line), number);
  }
}

// A line of greylist.conf: "…" is one word, without its marks; # begins a comment.
std::vector<std::string> greylist_words(std::string_view line, bool& open_quote) {
  std::vector<std::string> words;
  open_quote = false;
  while (!(line = trimmed(line)).empty() && line.front() != '#') {
    if (line.front() == '"') {
      const std::size_t end = line.find('"', 1);
      open_quote = end == std::string_view::npos;
      words.push_back('"' + std::string(line.substr(1, open_quote ? line.npos : end - 1)));
      line.remove_prefix(open_quote ? line.size() : end + 1);
    } else {
      const std::size_t end = std::min(line.find_first_of(" \t\"#"), line.size());
      words.emplace_back(line.substr(0, end));
      line.remove_prefix(end);
    }
  }
  return words;
}

// "30", "10m"; nullopt: no time.
std::optional<long> seconds_of(std::string_view text) {
  constexpr std::pair<char, long> kUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
  long unit = 1;
  if (text.empty()) return std::nullopt;
  for (const auto& [letter, seconds] : kUnits) {
    if ((text.back() | 0x20) != letter) continue;
    unit = seconds;
    text.remove_suffix(1);
    break;
  }
  if (text.empty()) return std::nullopt;
  long number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = std::min(number * 10 + (c - '0'), kMaxTarpit);
  }
  return std::min(number * unit, kMaxTarpit);
}

}  // namespace

std::optional<Setting> key_of_file(Files& files, const std::string& path, std::string_view key,
                                   char separator) {
  const auto text = files.read(path);
  if (!text) return std::nullopt;
  std::optional<Setting> found;
  for_each_key(*text, separator, [&](std::string_view name, std::string_view value, int line) {
    if (same_word(name, key)) found = Setting{std::string(value), path, line};
  });
  return found;
}

ClamavFile read_clamav_file(Files& files, const std::string& path) {
  ClamavFile clamav;
  const auto text = files.read(path);
  if (!text) return clamav;
  for_each_key(*text, ' ', [&](std::string_view key, std::string_view value, int line) {
    if (same_word(key, "MilterSocket")) clamav.socket = Setting{std::string(value), path, line};
    if (same_word(key, "Example")) clamav.is_example = true;
  });
  return clamav;
}

GreylistFile read_greylist_file(Files& files, const std::string& path) {
  GreylistFile greylist;
  const auto text = files.read(path);
  if (!text) return greylist;
  std::string_view rest = *text;
  for (int number = 1; !rest.empty();) {
    const int first = number;
    std::string statement;
    for (bool goes_on = true; goes_on && !rest.empty(); ++number) {
      std::string_view line = take_line(rest);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      goes_on = !line.empty() && line.back() == '\\';
      if (goes_on) line.remove_suffix(1);
      statement.append(line).push_back(' ');
    }
    bool open_quote = false;
    const std::vector<std::string> words = greylist_words(statement, open_quote);
    if (open_quote) files.warn(path, first, "a quotation mark is not closed");
    if (words.size() < 2) continue;
    if (same_word(words[0], "socket") && words[1].front() == '"') {
      greylist.socket = Setting{words[1].substr(1), path, first};
    }
    if (!same_word(words[0], "racl") && !same_word(words[0], "acl")) continue;
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
      if (!same_word(words[i], "tarpit")) continue;
      if (const auto seconds = seconds_of(words[i + 1])) {
        greylist.tarpit = std::max(greylist.tarpit, *seconds);
      } else {
        files.warn(path, first, fmt::format("tarpit should have a time but has <{}>", words[i + 1]));
      }
    }
  }
  return greylist;
}

}  // namespace milter_manager::detect
