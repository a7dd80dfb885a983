// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>

namespace milter_manager::log {

// Times as lines show them. Remembers the second that it wrote last, since mostly the next line is of the same one and
// breaking a time into its parts costs more than all the rest of a line. What is returned lives until the next call of the
// same kind.
class TimeText {
 public:
  using Time = std::chrono::system_clock::time_point;

  // "2026-01-02T03:04:05.678901Z"
  std::string_view utc(Time time);
  // "Jan  2 03:04:05", local: as RFC 3164 has it.
  std::string_view local(Time time);

 private:
  std::optional<std::time_t> utc_second_, local_second_;
  std::array<char, 64> utc_{};
  std::array<char, 64> local_{};
  std::size_t utc_length_ = 0;  // up to the second
  std::size_t local_length_ = 0;
};

}  // namespace milter_manager::log
