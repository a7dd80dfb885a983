// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/maillog/byte_source.h"

namespace milter_manager::maillog {

struct Line {
  std::string_view text;     // without its end ("\n" or "\r\n"); valid until the next line is read
  std::uint64_t offset = 0;  // of its first byte in the source
  bool terminated = false;   // false: the source ends in this line
  bool cut = false;          // longer than LineReader::kMaximumLine: `text` is its beginning
};

// Cuts a source into lines. Any bytes may stand in a line but a line feed.
//
//   LineReader reader(source);
//   Line line;
//   while (reader.next(line)) …
//   if (reader.error()) …
//
// Memory: one buffer of kBuffer bytes, whatever the source holds. Cost: memchr() over the bytes; lines are
// moved only where a read ends in their midst.
class LineReader {
 public:
  static constexpr std::size_t kMaximumLine = 64 * 1024;
  static constexpr std::size_t kBuffer = 192 * 1024;

  // `source` must outlive the reader. `begins_in_line`: it begins in the rest of a line that was cut, which
  // is passed
  // over.
  explicit LineReader(ByteSource& source, bool begins_in_line = false);

  // False at the end, and when the source fails.
  bool next(Line& line);

  // Takes the next `count` bytes, whatever they are, and appends the first `keep` of them to `into`. False
  // where the
  // source ends before. Not to be called behind a line that was cut or not terminated.
  bool read_bytes(std::uint64_t count, std::size_t keep, std::string& into);

  // Why the source could not be read to its end.
  const std::optional<Error>& error() const { return error_; }
  // Bytes of all lines so far, their ends included: where the next line begins.
  std::uint64_t offset() const { return offset_; }
  // Whether that is in the rest of a line that was cut.
  bool in_line() const { return skip_; }

 private:
  bool fill();
  void deliver(std::size_t end, bool terminated, bool cut, Line& line);
  bool skip_rest_of_line();

  ByteSource& source_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;  // of what was read and not yet delivered
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  bool skip_ = false;  // the line before was cut, and its rest is still to come
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace milter_manager::maillog
