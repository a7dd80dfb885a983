// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/histogram.h"

#include <algorithm>
#include <cmath>

namespace milter_manager::metrics {
namespace {

// Preferred numbers: even steps in a logarithmic view, and 1, 2, 5 are among them.
constexpr std::array<double, Histogram::kPerDecade> kSteps = {1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0,
                                                              2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3,
                                                              4.7, 5.0, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1};
// Of ten-thousandths of a second; exact powers, so that bounds are written as people would.
constexpr std::array<double, 8> kDecades = {1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7};
constexpr double kPerSecond = 1e4;

std::array<double, Histogram::kBounds> make_bounds() {
  std::array<double, Histogram::kBounds> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const double tenths =
        std::round(10 * kSteps[i % Histogram::kPerDecade] * kDecades[i / Histogram::kPerDecade]);
    bounds[i] = tenths / (10 * kPerSecond);
  }
  return bounds;
}

}  // namespace

const std::array<double, Histogram::kBounds>& Histogram::bucket_bounds() {
  static const std::array<double, kBounds> kAll = make_bounds();
  return kAll;
}

const std::vector<std::size_t>& Histogram::served_bounds() {
  static const std::vector<std::size_t> kServed = [] {
    std::vector<std::size_t> served;
    for (std::size_t i = kPerDecade; i < kBounds; ++i) {  // from 1 ms on
      const double step = kSteps[i % kPerDecade];
      if (step == 1.0 || step == 2.0 || step == 5.0) served.push_back(i);
    }
    return served;
  }();
  return kServed;
}

void Histogram::add(double seconds) {
  if (!std::isfinite(seconds)) seconds = 0;
  const auto& bounds = bucket_bounds();
  const auto bucket =
      static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
  ++buckets_[bucket];
  ++count_;
  sum_ += std::max(seconds, 0.0);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
}

void Histogram::add_bucket(std::size_t bucket, std::uint64_t count) {
  buckets_[bucket] += count;
  count_ += count;
}

std::uint64_t Histogram::up_to(std::size_t bound) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bound; ++i) count += buckets_[i];
  return count;
}

std::optional<double> Histogram::quantile(double share) const {
  if (count_ == 0) return std::nullopt;
  const auto rank = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket < kBounds && static_cast<double>(seen += buckets_[bucket]) < rank) ++bucket;
  const auto& bounds = bucket_bounds();
  if (bucket >= kBounds) return bounds.back();
  const double least = bucket == 0 ? 0 : bounds[bucket - 1];
  return (least + bounds[bucket]) / 2;
}

}  // namespace milter_manager::metrics
