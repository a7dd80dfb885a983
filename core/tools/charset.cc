// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/charset.h"

#include <iconv.h>

#include <cerrno>
#include <cstdint>

#include "core/message/header_list.h"

namespace milter_manager::tools {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

std::string charset_of(std::string_view content_type) {
  while (true) {
    const auto semicolon = content_type.find(';');
    if (semicolon == std::string_view::npos) return {};
    content_type.remove_prefix(semicolon + 1);
    const std::string_view parameter = content_type.substr(0, content_type.find(';'));
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos ||
        !message::same_name(trimmed(parameter.substr(0, equals)), "charset"))
      continue;
    std::string_view value = trimmed(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
}

std::string to_utf8(std::string_view text, const std::string& charset) {
  if (charset.empty()) return std::string(text);
  const iconv_t converter = iconv_open("UTF-8", charset.c_str());
  if (converter == reinterpret_cast<iconv_t>(std::intptr_t{-1})) return std::string(text);
  std::string copy(text), converted;
  char* input = copy.data();
  std::size_t input_bytes = copy.size();
  bool failed = false;
  char buffer[4096];
  // A last call without input ends a stateful charset.
  for (bool flushed = false; !flushed && !failed;) {
    flushed = input_bytes == 0;
    char* output = buffer;
    std::size_t output_bytes = sizeof buffer;
    const auto result = iconv(converter, flushed ? nullptr : &input, flushed ? nullptr : &input_bytes,
                              &output, &output_bytes);
    if (result == static_cast<std::size_t>(-1)) {
      failed = errno != E2BIG;
      flushed = false;
    }
    converted.append(buffer, sizeof buffer - output_bytes);
  }
  iconv_close(converter);
  return failed ? std::string(text) : converted;
}

}  // namespace milter_manager::tools
