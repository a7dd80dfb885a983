// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/maillog/byte_source.h"
#include "core/maillog/stream.h"

namespace milter_manager::maillog {

// A log in memory, read in pieces of at most `piece` bytes; ends with an error where one is given.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string bytes, std::size_t piece = 1 << 20, std::string error = "")
      : bytes_(std::move(bytes)), piece_(piece), error_(std::move(error)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t count = std::min({size, piece_, bytes_.size() - at_});
    if (count == 0 && !error_.empty()) return failure(error_);
    std::memcpy(into, bytes_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::string error_;
  std::size_t at_ = 0;
};

// A record as text, so that tests can keep and compare it: "TIME HOST PID EVENT".
std::string as_text(const Record& record);

// All records of a log, as text, in their order.
std::vector<std::string> records_of(std::string_view log, double now, LineCounts* counts = nullptr,
                                    std::vector<Sample>* samples = nullptr);

// The process's time zone, for the life of this object.
class ScopedTimeZone {
 public:
  explicit ScopedTimeZone(const char* name);
  ~ScopedTimeZone();
  ScopedTimeZone(const ScopedTimeZone&) = delete;
  ScopedTimeZone& operator=(const ScopedTimeZone&) = delete;

 private:
  bool was_set_;
  std::string former_;
};

}  // namespace milter_manager::maillog
