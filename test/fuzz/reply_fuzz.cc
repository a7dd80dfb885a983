// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a packet without its length. What is read as a reply is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/protocol/reply.h"

using namespace milter_manager::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string packet, again;
  append_packet(packet, bytes[0], bytes.substr(1));
  const auto reply = decode_reply(Packet{packet});
  if (!reply) return 0;
  encode(*reply, again);
  const auto read_again = decode_reply(Packet{again});
  if (!read_again || *read_again != *reply) std::abort();

  if (const auto* negotiate = std::get_if<reply::Negotiate>(&*reply)) {
    for (std::uint32_t stage = 0; stage < kSymbolStages; ++stage) {
      negotiate->symbols.find(static_cast<SymbolStage>(stage));
    }
  }
  if (const auto* code = std::get_if<reply::ReplyCode>(&*reply)) {
    if (!check_reply_code(code->text)) std::abort();
  }
  return 0;
}
