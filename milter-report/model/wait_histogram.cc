// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/wait_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace milter_manager::report {

// The upper bits of a positive double are its exponent and the beginning of its fraction: as a number they grow with it.
std::size_t WaitHistogram::bin_of(double seconds) {
  constexpr double kShortest = 1.0 / (1 << -kLowest);
  constexpr unsigned kShift = 52 - kBits;
  constexpr auto kFirst = std::bit_cast<std::uint64_t>(kShortest) >> kShift;
  if (!(seconds >= kShortest)) return 0;
  return std::min<std::size_t>((std::bit_cast<std::uint64_t>(seconds) >> kShift) - kFirst + 1, kBins - 1);
}

double WaitHistogram::middle_of(std::size_t bin) {
  if (bin == 0) return 0;
  constexpr std::size_t kInPower = std::size_t{1} << kBits;
  const std::size_t place = bin - 1;
  const double fraction = 1 + (static_cast<double>(place % kInPower) + 0.5) / kInPower;
  return std::ldexp(fraction, kLowest + static_cast<int>(place / kInPower));
}

void WaitHistogram::add(double seconds) {
  if (!std::isfinite(seconds)) return;
  ++bins_[bin_of(seconds)];
  sum_ += seconds;
  maximum_ = count_ == 0 ? seconds : std::max(maximum_, seconds);
  ++count_;
}

void WaitHistogram::add(const WaitHistogram& other) {
  if (other.count_ == 0) return;
  for (std::size_t bin = 0; bin < kBins; ++bin) bins_[bin] += other.bins_[bin];
  sum_ += other.sum_;
  maximum_ = count_ == 0 ? other.maximum_ : std::max(maximum_, other.maximum_);
  count_ += other.count_;
}

std::optional<double> WaitHistogram::maximum() const {
  return count_ > 0 ? std::optional(maximum_) : std::nullopt;
}

std::optional<double> WaitHistogram::mean() const {
  return count_ > 0 ? std::optional(sum_ / static_cast<double>(count_)) : std::nullopt;
}

std::optional<double> WaitHistogram::quantile(double share) const {
  if (count_ == 0) return std::nullopt;
  const double wanted = std::ceil(share * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(wanted, 1.0)), 1, count_);
  if (rank == count_) return maximum_;
  std::uint64_t seen = 0;
  std::size_t bin = 0;
  while (seen + bins_[bin] < rank) seen += bins_[bin++];
  return std::min(middle_of(bin), maximum_);
}

std::uint64_t WaitHistogram::above(double seconds) const {
  std::uint64_t longer = 0;
  for (std::size_t bin = bin_of(seconds) + 1; bin < kBins; ++bin) longer += bins_[bin];
  return longer;
}

}  // namespace milter_manager::report
