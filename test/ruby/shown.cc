// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/ruby/shown.h"

#include <cstdio>
#include <memory>
#include <stdexcept>

std::string read_text(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), &std::fclose);
  if (!file) throw std::runtime_error("can't read " + path);
  std::string text;
  char block[4096];
  for (std::size_t size = 0; (size = std::fread(block, 1, sizeof block, file.get())) > 0;)
    text.append(block, size);
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

std::vector<std::string> value_lines(const std::string& shown) {
  std::vector<std::string> values;
  for (std::string line : lines_of(shown)) {
    line.erase(0, line.find_first_not_of(' '));
    if (!line.empty() && line[0] != '#') values.push_back(std::move(line));
  }
  return values;
}
