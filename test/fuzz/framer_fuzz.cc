// SPDX-License-Identifier: GPL-3.0-or-later
// The first byte says how the others are cut into reads and how often packets are left waiting: none of that may
// change which packets come out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/protocol/packet.h"

using namespace milter_manager::protocol;

namespace {

constexpr std::size_t kMaxPacketBytes = 1000;

struct Outcome {
  std::string packets;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read_stream(std::string_view bytes, std::size_t piece, bool one_at_a_time) {
  Framer framer(kMaxPacketBytes);
  Outcome outcome;
  const auto take = [&](Packet packet) {
    if (packet.raw.size() < 5 || packet.raw.size() > kMaxPacketBytes) std::abort();
    outcome.packets += packet.raw;
    return !one_at_a_time;
  };
  while (!bytes.empty() && !outcome.failed) {
    outcome.failed = !framer.feed(bytes.substr(0, piece), take);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  for (std::size_t waiting = 1; !outcome.failed && waiting != framer.buffered_bytes();) {
    waiting = framer.buffered_bytes();
    outcome.failed = !framer.resume(take);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] / 2u;
  const bool one_at_a_time = data[0] % 2 == 1;
  if (read_stream(bytes, bytes.size(), false) != read_stream(bytes, piece, one_at_a_time)) std::abort();
  return 0;
}
