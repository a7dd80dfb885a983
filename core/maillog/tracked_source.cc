// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/tracked_source.h"

#include <algorithm>
#include <array>

#include "core/maillog/fingerprint.h"
#include "core/maillog/line_reader.h"

namespace milter_manager::maillog {
namespace {

// A reader is done with all but the line that it has not seen the end of.
constexpr std::size_t kKept = TrackedSource::kTail + 2 * LineReader::kMaximumLine;

}  // namespace

void TrackedSource::begin_at(std::uint64_t offset, std::string head, std::string tail) {
  offset_ = offset;
  head_ = std::move(head);
  tail_ = std::move(tail);
}

Result<std::size_t> TrackedSource::read(char* into, std::size_t size) {
  auto count = again_.empty() ? source_->read(into, size) : Result<std::size_t>(again_.copy(into, size));
  if (count && !again_.empty()) again_.erase(0, *count);
  if (count) track(std::string_view(into, *count));
  return count;
}

void TrackedSource::rewind() {
  again_ = std::move(head_);
  head_.clear();
  tail_.clear();
  offset_ = 0;
}

Result<bool> TrackedSource::skip_to(std::uint64_t offset) {
  std::array<char, 65536> passed{};
  while (offset_ < offset) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(passed.size(), offset - offset_));
    const auto count = read(passed.data(), size);
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) return false;
  }
  return true;
}

void TrackedSource::track(std::string_view bytes) {
  offset_ += bytes.size();
  if (head_.size() < kHead) head_.append(bytes.substr(0, kHead - head_.size()));
  if (bytes.size() >= kKept) {
    tail_.assign(bytes.substr(bytes.size() - kKept));
    return;
  }
  if (tail_.size() + bytes.size() > 2 * kKept) tail_.erase(0, tail_.size() - kKept);
  tail_.append(bytes);
}

void TrackedSource::describe(std::uint64_t offset, FileState& state) const {
  state.offset = offset;
  state.head_size = std::min<std::uint64_t>(head_.size(), offset);
  state.head = fingerprint(std::string_view(head_).substr(0, state.head_size));
  state.tail_size = 0;
  state.tail = fingerprint("");
  const std::uint64_t behind = offset_ - offset;
  if (behind >= tail_.size()) return;
  const std::string_view before = std::string_view(tail_).substr(0, tail_.size() - behind);
  state.tail_size = std::min<std::uint64_t>(before.size(), kTail);
  state.tail = fingerprint(before.substr(before.size() - state.tail_size));
}

bool TrackedSource::is_as(const FileState& state) const {
  if (offset_ != state.offset || state.head_size > head_.size() || state.tail_size > tail_.size())
    return false;
  return fingerprint(std::string_view(head_).substr(0, state.head_size)) == state.head &&
         fingerprint(std::string_view(tail_).substr(tail_.size() - state.tail_size)) == state.tail;
}

}  // namespace milter_manager::maillog
