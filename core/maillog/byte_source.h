// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/result.h"

namespace milter_manager::maillog {

// Where a log's bytes come from.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to `size` bytes of `into`, and at least one unless the log has ended: then 0.
  virtual Result<std::size_t> read(char* into, std::size_t size) = 0;
};

// Reads from an open descriptor, at its position. `name` is for errors. Closes the descriptor at last if
// `owned`.
std::unique_ptr<ByteSource> read_descriptor(int descriptor, bool owned, std::string name);

// A file, or standard input where the path is "-"; unpacked where it is compressed. Errors name the path. A
// file that
// grows while it is read is read up to the end it has then.
Result<std::unique_ptr<ByteSource>> open_log(const std::string& path);

}  // namespace milter_manager::maillog
