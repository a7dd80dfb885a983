// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::net {

// A message on a stream: a length of four bytes (big endian, of what follows), then what follows. So do the controller and
// the launcher of milter manager 2 and later.

void append_frame(std::string_view content, std::string& out);

// Cuts a stream into messages. Memory: what was fed and not taken yet, which is less than `most_bytes` and what one read gives.
class FrameReader {
 public:
  explicit FrameReader(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void append(std::string_view bytes) { bytes_.append(bytes); }
  // The next whole message, without its length; lives until the next call. None: there is none yet. An error: the
  // message is too long; nothing that follows can be read.
  Result<std::optional<std::string_view>> next();
  std::size_t buffered_bytes() const { return bytes_.size() - read_; }

 private:
  const std::size_t most_bytes_;
  std::string bytes_;
  std::size_t read_ = 0;
};

}  // namespace milter_manager::net
