// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/printable.h"

#include <fmt/format.h>

#include <iterator>

namespace milter_manager::tools {

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f) {
      fmt::format_to(std::back_inserter(shown), "\\x{:02x}", byte);
    } else {
      shown.push_back(c);
    }
  }
  return shown;
}

}  // namespace milter_manager::tools
