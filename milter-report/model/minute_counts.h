// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

namespace milter_manager::report {

// The calendar minute with the most of something: its first second, Unix time; the first of several. None where there was
// nothing.
struct BusiestMinute {
  std::optional<std::int64_t> minute;
  std::uint64_t count = 0;
};

// How many of something were in each minute, in any order.
// Memory: 6 KiB for each day with any.
class MinuteCounts {
 public:
  // How many days several of them may hold in all. Logs may claim any time: what falls into days beyond is not counted.
  struct Room {
    std::size_t days = 20'000;
  };
  explicit MinuteCounts(Room& room) : room_(&room) {}

  void add(double time);
  BusiestMinute busiest() const;

 private:
  static constexpr std::int64_t kDay = 86400;
  using Day = std::array<std::uint32_t, kDay / 60>;

  Room* room_;
  std::unordered_map<std::int64_t, std::unique_ptr<Day>> days_;
  std::int64_t recent_ = 0;
  Day* recent_day_ = nullptr;
};

}  // namespace milter_manager::report
