// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/line_reader.h"

#include <algorithm>
#include <cstring>

namespace milter_manager::maillog {

LineReader::LineReader(ByteSource& source, bool begins_in_line)
    : source_(source), buffer_(new char[kBuffer]), skip_(begins_in_line) {}

bool LineReader::next(Line& line) {
  if (skip_ && !skip_rest_of_line()) return false;
  std::size_t searched = 0;
  for (;;) {
    const char* const from = buffer_.get() + begin_ + searched;
    const void* const found = std::memchr(from, '\n', end_ - begin_ - searched);
    const std::size_t length =
        found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.get()) - begin_
                         : end_ - begin_;
    if (length > kMaximumLine) {
      skip_ = true;
      deliver(begin_ + kMaximumLine, true, true, line);
      return true;
    }
    if (found != nullptr) {
      deliver(begin_ + length, true, false, line);
      return true;
    }
    searched = length;
    if (!fill()) break;
  }
  if (begin_ == end_ || error_) return false;
  deliver(end_, false, false, line);
  return true;
}

// Reads more behind what is there. False at the end.
bool LineReader::fill() {
  if (ended_) return false;
  // What is left is shorter than a line: moving it costs little, and the buffer always has room behind it.
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const Result<std::size_t> count = source_.read(buffer_.get() + end_, kBuffer - end_);
  if (!count) error_ = count.error();
  ended_ = !count || *count == 0;
  if (!ended_) end_ += *count;
  return !ended_;
}

void LineReader::deliver(std::size_t end, bool terminated, bool cut, Line& line) {
  line.text = std::string_view(buffer_.get() + begin_, end - begin_);
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  line.offset = offset_;
  line.terminated = terminated;
  line.cut = cut;
  const std::size_t taken = end - begin_ + (terminated && !cut ? 1 : 0);
  offset_ += taken;
  begin_ += taken;
}

bool LineReader::read_bytes(std::uint64_t count, std::size_t keep, std::string& into) {
  while (count > 0) {
    if (begin_ == end_ && !fill()) return false;
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, end_ - begin_));
    const std::size_t kept = std::min(part, keep);
    into.append(buffer_.get() + begin_, kept);
    keep -= kept;
    count -= part;
    begin_ += part;
    offset_ += part;
  }
  return true;
}

bool LineReader::skip_rest_of_line() {
  for (;;) {
    const void* const found = std::memchr(buffer_.get() + begin_, '\n', end_ - begin_);
    const std::size_t skipped =
        found != nullptr
            ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.get()) - begin_ + 1
            : end_ - begin_;
    begin_ += skipped;
    offset_ += skipped;
    if (found != nullptr) {
      skip_ = false;
      return true;
    }
    if (!fill()) return false;
  }
}

}  // namespace milter_manager::maillog
