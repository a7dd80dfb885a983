// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/packet.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/protocol/wire.h"

namespace milter_manager::protocol {
namespace {

constexpr std::size_t kLengthBytes = 4;

}  // namespace

// How long the packet that begins `bytes` is, with its length. 0 where that can't be told yet.
Result<std::size_t> Framer::packet_bytes(std::string_view bytes) const {
  if (bytes.size() < kLengthBytes) return std::size_t{0};
  const std::uint32_t length = read_number(bytes);
  if (length == 0) return failure("a packet of length 0: not even a kind");
  const std::size_t whole = kLengthBytes + std::size_t{length};
  if (whole > max_packet_bytes_) {
    return failure(fmt::format("a packet of {} bytes, above the limit of {}", whole, max_packet_bytes_));
  }
  return whole;
}

// Moves bytes behind what is kept until that is `size` bytes long. False if there are too few.
bool Framer::complete(std::size_t size, std::string_view& bytes) {
  if (buffered_bytes() >= size) return true;
  const std::size_t count = std::min(size - buffered_bytes(), bytes.size());
  keep(bytes.substr(0, count));
  bytes.remove_prefix(count);
  return buffered_bytes() >= size;
}

void Framer::keep(std::string_view bytes) {
  // What was taken is dropped once it is the larger part: each byte is then moved at most once for each byte taken.
  if (rest_begin_ > 0 && rest_begin_ >= rest_.size() - rest_begin_) {
    rest_.erase(0, rest_begin_);
    rest_begin_ = 0;
  }
  rest_.append(bytes);
}

Result<void> Framer::feed(std::string_view bytes, Take take) {
  while (buffered_bytes() > 0) {
    if (!complete(kLengthBytes, bytes)) return {};
    const auto size = packet_bytes(std::string_view(rest_).substr(rest_begin_));
    if (!size) return tl::unexpected(size.error());
    if (!complete(*size, bytes)) return {};
    const bool more = take(Packet{std::string_view(rest_).substr(rest_begin_, *size)});
    rest_begin_ += *size;
    if (buffered_bytes() == 0) {
      std::string().swap(rest_);  // gives the memory back, as clear() does not
      rest_begin_ = 0;
    }
    if (!more) {
      keep(bytes);
      return {};
    }
  }
  while (!bytes.empty()) {
    const auto size = packet_bytes(bytes);
    if (!size) return tl::unexpected(size.error());
    if (*size == 0 || *size > bytes.size()) break;
    const bool more = take(Packet{bytes.substr(0, *size)});
    bytes.remove_prefix(*size);
    if (!more) break;
  }
  keep(bytes);
  return {};
}

void append_packet(std::string& out, char kind, std::string_view payload) {
  append_packet(out, kind, payload, {});
}

void append_packet(std::string& out, char kind, std::string_view first, std::string_view second) {
  append_number(out, static_cast<std::uint32_t>(1 + first.size() + second.size()));
  out.push_back(kind);
  out.append(first);
  out.append(second);
}

}  // namespace milter_manager::protocol
