// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/wire.h"

#include <fmt/format.h>

#include <iterator>

namespace milter_manager::protocol {

std::string quote(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string quoted = "<";
  for (const char c : text.substr(0, kLongest)) {
    if (c >= ' ' && c <= '~' && c != '<' && c != '>' && c != '\\') {
      quoted.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(quoted), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  quoted += text.size() > kLongest ? "…>" : ">";
  return quoted;
}

}  // namespace milter_manager::protocol
