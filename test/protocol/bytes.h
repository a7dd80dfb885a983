// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/protocol/packet.h"

namespace milter_manager::protocol {

// A literal with the NULs that stand in it.
template <std::size_t Size>
std::string bytes(const char (&literal)[Size]) {
  return std::string(literal, Size - 1);
}

// One packet with its length.
inline std::string packet_of(std::string_view kind_and_payload) {
  std::string packet;
  append_packet(packet, kind_and_payload[0], kind_and_payload.substr(1));
  return packet;
}

}  // namespace milter_manager::protocol
