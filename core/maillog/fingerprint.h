// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace milter_manager::maillog {

// A number for bytes (FNV-1a, 64 bits), the same on every machine. It tells files of stamped lines apart; it
// is no
// protection against who wants two to be alike.
constexpr std::uint64_t fingerprint(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

}  // namespace milter_manager::maillog
