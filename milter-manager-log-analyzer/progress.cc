// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace milter_manager::log_analyzer {

std::string progress_line(std::uint64_t done, std::uint64_t total) {
  constexpr std::uint64_t kWidth = 30;
  constexpr std::uint64_t kMegabyte = 1'000'000;
  const std::uint64_t whole = std::max<std::uint64_t>(total, 1);
  const double share = static_cast<double>(std::min(done, whole)) / static_cast<double>(whole);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(kWidth));
  return fmt::format("{:3.0f} % [{}{}] {} of {} MB", share * 100, std::string(filled, '#'),
                     std::string(kWidth - filled, ' '), done / kMegabyte, total / kMegabyte);
}

ProgressBar::~ProgressBar() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  if (!shown_) return;
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(drawn_ ? 100 : 500)) return;
  last_ = now;
  drawn_ = true;
  fmt::print(stderr, "\r\x1b[K{}", progress_line(done, total));
  std::fflush(stderr);
}

}  // namespace milter_manager::log_analyzer
