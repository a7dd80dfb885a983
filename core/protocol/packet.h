// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/protocol/function_ref.h"
#include "core/result.h"

namespace milter_manager::protocol {

// One packet of the milter protocol: a 4-byte big-endian length (of what follows it), one byte
// that says what it is, and the payload. (Sendmail, include/libmilter/mfdef.h.)
//
// A view: valid as long as the bytes it was read from.
struct Packet {
  std::string_view raw;  // with the length, to be forwarded as it came

  char kind() const { return raw[4]; }
  std::string_view payload() const { return raw.substr(5); }
};

// Longest packet that is read. Sendmail sends bodies in pieces of 65,535 bytes (1 MiB less one with
// SMFIP_MDS_1M), Postfix the same; a header of Postfix is at most header_size_limit long.
inline constexpr std::size_t kMaxPacketBytes = (std::size_t{1} << 20) + 64;

// Cuts a stream of bytes into packets. A byte at a time or all at once gives the same packets.
//
//   Framer framer;
//   auto result = framer.feed(bytes, [&](Packet packet) { …; return true; });
//
// Whole packets are taken where they lie in `bytes`; only what is left over is copied, so an idle
// connection holds no buffer. The length is checked before memory is taken for it.
class Framer {
 public:
  explicit Framer(std::size_t max_packet_bytes = kMaxPacketBytes) : max_packet_bytes_(max_packet_bytes) {}

  // Calls take(packet) for each whole packet, in order, until it returns false: that packet counts as
  // taken, and the rest stays in the framer until the next feed() or resume(). The packet's bytes live
  // until take returns. Fails on a length of zero or above the limit; the framer is then of no more use.
  // `take` must not call feed() or resume() on the same framer, nor destroy it.
  // Cost: linear in the bytes fed, however they are cut and however few packets each call takes.
  using Take = FunctionRef<bool(Packet)>;
  Result<void> feed(std::string_view bytes, Take take);

  // Goes on with what an earlier feed() left.
  Result<void> resume(Take take) { return feed({}, take); }

  // Bytes kept: of an unfinished packet, or of packets not taken yet.
  std::size_t buffered_bytes() const { return rest_.size() - rest_begin_; }

 private:
  Result<std::size_t> packet_bytes(std::string_view bytes) const;
  bool complete(std::size_t size, std::string_view& bytes);
  void keep(std::string_view bytes);

  std::size_t max_packet_bytes_;
  std::string rest_;  // what lies before rest_begin_ has been taken
  std::size_t rest_begin_ = 0;
};

// Appends a packet to `out`. Payloads of several parts are appended one after another.
void append_packet(std::string& out, char kind, std::string_view payload = {});
void append_packet(std::string& out, char kind, std::string_view first, std::string_view second);

}  // namespace milter_manager::protocol
