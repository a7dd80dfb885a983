// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/maillog/byte_source.h"

namespace milter_manager::maillog {

// The compressed bytes that an unpacker works on, a buffer at a time.
class PackedInput {
 public:
  PackedInput(std::unique_ptr<ByteSource> source, std::string name)
      : source_(std::move(source)), name_(std::move(name)), buffer_(new char[kBuffer]) {}

  // What was read and not yet consumed. Empty at the source's end, and only there.
  Result<std::string_view> bytes() {
    if (begin_ == end_ && !ended_) {
      const auto count = source_->read(buffer_.get(), kBuffer);
      if (!count) return tl::unexpected(count.error());
      begin_ = 0;
      end_ = *count;
      ended_ = *count == 0;
    }
    return std::string_view(buffer_.get() + begin_, end_ - begin_);
  }
  void consume(std::size_t count) { begin_ += count; }

  tl::unexpected<Error> damaged() const { return failure(name_ + ": its compressed data are damaged"); }
  tl::unexpected<Error> truncated() const { return failure(name_ + ": its compressed data end too early"); }
  tl::unexpected<Error> followed() const {
    return failure(name_ + ": something else follows its compressed data");
  }
  tl::unexpected<Error> too_large() const {
    return failure(name_ + ": needs too much memory to unpack: pack it with a smaller window");
  }

 private:
  static constexpr std::size_t kBuffer = 64 * 1024;
  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
};

// One for each format.
Result<std::unique_ptr<ByteSource>> unpack_gzip(PackedInput input);
Result<std::unique_ptr<ByteSource>> unpack_zstd(PackedInput input);
Result<std::unique_ptr<ByteSource>> unpack_xz(PackedInput input);

}  // namespace milter_manager::maillog
