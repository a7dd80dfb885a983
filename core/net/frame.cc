// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/frame.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace milter_manager::net {
namespace {

constexpr std::size_t kLengthBytes = 4;

}  // namespace

void append_frame(std::string_view content, std::string& out) {
  const auto length = static_cast<std::uint32_t>(content.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xff);
  out += content;
}

Result<std::optional<std::string_view>> FrameReader::next() {
  bytes_.erase(0, std::exchange(read_, 0));
  if (bytes_.size() < kLengthBytes) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length = length << 8 | static_cast<unsigned char>(bytes_[i]);
  if (length > most_bytes_) {
    return failure(fmt::format("a message of {} bytes is too long; {} are the most", length, most_bytes_));
  }
  if (bytes_.size() - kLengthBytes < length) return std::nullopt;
  read_ = kLengthBytes + length;
  return std::string_view(bytes_).substr(kLengthBytes, length);
}

}  // namespace milter_manager::net
