// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

#include "core/maillog/byte_source.h"

namespace milter_manager::maillog {

// Bytes that are in memory already, and stay there.
class ViewSource : public ByteSource {
 public:
  explicit ViewSource(std::string_view rest) : rest_(rest) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t count = rest_.copy(into, size);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace milter_manager::maillog
