// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace milter_manager::log_analyzer {

// " 42 % [########            ] 840 of 2,000 MB"
std::string progress_line(std::uint64_t done, std::uint64_t total);

// Shows how far the logs have been read, in one line of a terminal that is written anew a few times a second
// and wiped
// at last. Nothing is shown of what takes less than half a second.
class ProgressBar {
 public:
  // `shown`: whether standard error is a terminal.
  explicit ProgressBar(bool shown) : shown_(shown) {}
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::uint64_t done, std::uint64_t total);

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point last_ = Clock::now();
};

}  // namespace milter_manager::log_analyzer
