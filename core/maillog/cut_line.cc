// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/cut_line.h"

namespace milter_manager::maillog {

bool is_near_message_limit(std::size_t line_length) {
  constexpr std::size_t kShortest = 8000;
  constexpr std::size_t kLongest = 8192 + 320;  // a host name of 255 bytes, and a long stamp for a short one
  return line_length >= kShortest && line_length <= kLongest;
}

std::optional<statistics::MilterHeaderAdd> read_cut_header_add(std::string_view text,
                                                               statistics::Escapes escapes,
                                                               std::string& scratch,
                                                               std::string& escape_scratch) {
  if (!text.starts_with("[milter][header][add](")) return std::nullopt;
  // With an end it is a line like any other.
  constexpr std::string_view kEnd = ">: ";
  scratch.assign(text);
  std::size_t shown = 0;
  if (text.ends_with(">")) shown = 1;
  if (text.ends_with(">:")) shown = 2;
  if (text.ends_with(">: ")) shown = 3;
  scratch.append(kEnd.substr(shown));
  const auto event = statistics::parse(scratch, escapes, escape_scratch);
  if (!event) return std::nullopt;
  auto header_add = std::get<statistics::MilterHeaderAdd>(*event);
  header_add.milter = {};
  header_add.truncated = true;
  return header_add;
}

}  // namespace milter_manager::maillog
