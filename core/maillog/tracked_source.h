// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/maillog/byte_source.h"
#include "core/maillog/read_state.h"

namespace milter_manager::maillog {

// A source that remembers what a later run knows it by: the bytes it begins with, and those that were read
// last.
class TrackedSource : public ByteSource {
 public:
  static constexpr std::size_t kHead = 1024;
  static constexpr std::size_t kTail = 4096;

  explicit TrackedSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  // The source stands at `offset` already. `head` and `tail`: the first bytes and those before the offset.
  void begin_at(std::uint64_t offset, std::string head, std::string tail);

  Result<std::size_t> read(char* into, std::size_t size) override;
  // Begins again, if no more than kHead bytes were read.
  void rewind();
  // Reads up to `offset`. False if the source ends before.
  Result<bool> skip_to(std::uint64_t offset);

  // Fills in offset, head and tail for who is done with the first `offset` bytes. These are bytes that were
  // read, and few
  // were read behind them: else the tail is not known, and its size 0.
  void describe(std::uint64_t offset, FileState& state) const;
  // Whether what was read is what `state` tells of.
  bool is_as(const FileState& state) const;

 private:
  void track(std::string_view bytes);

  std::unique_ptr<ByteSource> source_;
  std::uint64_t offset_ = 0;
  std::string again_;  // read before, to be delivered again
  std::string head_;
  std::string tail_;  // ends at offset_
};

}  // namespace milter_manager::maillog
