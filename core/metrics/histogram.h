// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace milter_manager::metrics {

// Times, from 0.1 ms to 1000 s, in 24 buckets a decade: quantiles are right within 8 %. Those of several processes
// can be added. Cost of add(): a binary search among 169 numbers.
class Histogram {
 public:
  static constexpr std::size_t kPerDecade = 24;
  static constexpr std::size_t kBounds = kPerDecade * 7 + 1;
  // bucket_bounds()[i] is the most that bucket i holds; the last bucket, with no bound, holds what is more than all.
  static const std::array<double, kBounds>& bucket_bounds();
  // Those that are served: 1, 2 and 5 of each decade. Indices of bucket_bounds().
  static const std::vector<std::size_t>& served_bounds();

  // What is no number counts as 0.
  void add(double seconds);
  void add(const Histogram& other);
  // For reading one from elsewhere. `bucket` is at most kBounds.
  void add_bucket(std::size_t bucket, std::uint64_t count);
  void add_sum(double seconds) { sum_ += seconds; }

  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  std::uint64_t in_bucket(std::size_t bucket) const { return buckets_[bucket]; }
  // How many were at most bucket_bounds()[bound].
  std::uint64_t up_to(std::size_t bound) const;
  // None where there is nothing. `share` is between 0 and 1.
  std::optional<double> quantile(double share) const;

  friend bool operator==(const Histogram&, const Histogram&) = default;

 private:
  std::array<std::uint64_t, kBounds + 1> buckets_ = {};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace milter_manager::metrics
