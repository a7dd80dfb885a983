// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace milter_manager::report {

// Many times in little memory: how many fell into each of some thousand bins, which are less than 1 % wide. A quantile is at
// most 0.4 % off, from a microsecond to a day; the maximum, the sum and the count are exact.
class WaitHistogram {
 public:
  void add(double seconds);
  void add(const WaitHistogram& other);

  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  // None where nothing was added.
  std::optional<double> maximum() const;
  std::optional<double> mean() const;
  // The smallest time that at least `share` (0 to 1) of the times do not exceed: 0.5 is the median.
  std::optional<double> quantile(double share) const;
  // How many were longer than `seconds`, to 0.8 % of the border.
  std::uint64_t above(double seconds) const;

 private:
  // 128 to each power of two, from 2^-20 s (a microsecond) to 2^17 s (36 hours), and one for all below.
  static constexpr int kLowest = -20;
  static constexpr int kHighest = 17;
  static constexpr unsigned kBits = 7;
  static constexpr std::size_t kBins = (std::size_t{kHighest - kLowest} << kBits) + 1;
  static std::size_t bin_of(double seconds);
  static double middle_of(std::size_t bin);

  std::array<std::uint64_t, kBins> bins_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
  double maximum_ = 0;
};

}  // namespace milter_manager::report
