// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/load.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace milter_manager::proxy {
namespace {

constexpr double kShortest = 1e-6;

double seconds_between(LoadMeter::Time from, LoadMeter::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void WaitHistogram::add(double seconds) {
  const double octaves = std::log2(std::max(seconds, kShortest) / kShortest);
  const auto bucket = static_cast<std::size_t>(octaves * kPerOctave);
  ++buckets_[std::min(bucket, kBuckets - 1)];
  ++count_;
}

void WaitHistogram::add(const WaitHistogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> WaitHistogram::buckets() const {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> filled;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] > 0) filled.emplace_back(static_cast<std::uint32_t>(i), buckets_[i]);
  }
  return filled;
}

void WaitHistogram::add_to_bucket(std::uint32_t number, std::uint32_t count) {
  if (number >= kBuckets) return;
  buckets_[number] += count;
  count_ += count;
}

std::optional<double> WaitHistogram::quantile(double share) const {
  if (count_ == 0) return std::nullopt;
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && (seen += buckets_[bucket]) < rank) ++bucket;
  // The middle of the bucket.
  return kShortest * std::exp2((static_cast<double>(bucket) + 0.5) / kPerOctave);
}

void MilterLoad::add(const MilterLoad& other) {
  span = std::max(span, other.span);
  open += other.open;
  busy += other.busy;
  busy_mean += other.busy_mean;
  busy_max += other.busy_max;
  waits.add(other.waits);
  errors += other.errors;
  timeouts += other.timeouts;
}

statistics::MilterLoad MilterLoad::event(double epoch) const {
  statistics::MilterLoad event;
  event.span = span;
  event.epoch = epoch;
  event.open = open;
  event.busy = busy;
  event.busy_mean = busy_mean;
  event.busy_max = busy_max;
  event.p50 = waits.quantile(0.5);
  event.p95 = waits.quantile(0.95);
  event.p99 = waits.quantile(0.99);
  event.messages = waits.count();
  event.errors = errors;
  event.timeouts = timeouts;
  event.name = name;
  return event;
}

void LoadMeter::count_busy_time(Time now) {
  busy_seconds_ += static_cast<double>(busy_) * seconds_between(last_change_, now);
  last_change_ = now;
}

void LoadMeter::busy(Time now) {
  count_busy_time(now);
  busy_max_ = std::max(busy_max_, ++busy_);
}

void LoadMeter::idle(Time now) {
  count_busy_time(now);
  --busy_;
}

MilterLoad LoadMeter::take(const std::string& name, Time now) {
  count_busy_time(now);
  MilterLoad load;
  load.name = name;
  load.span = seconds_between(since_, now);
  load.open = open_;
  load.busy = busy_;
  load.busy_mean = load.span > 0 ? busy_seconds_ / load.span : static_cast<double>(busy_);
  load.busy_max = busy_max_;
  load.waits = std::exchange(waits_, {});
  load.errors = std::exchange(errors_, 0);
  load.timeouts = std::exchange(timeouts_, 0);
  since_ = now;
  busy_seconds_ = 0;
  busy_max_ = busy_;
  return load;
}

std::vector<MilterLoad> LoadMeters::take(const std::vector<std::string>& names, LoadMeter::Time now) {
  std::vector<MilterLoad> loads;
  for (const auto& name : names) loads.push_back(of(name, now).take(name, now));
  return loads;
}

std::uint64_t LoadMeters::open() const {
  std::uint64_t open = 0;
  for (const auto& [name, meter] : meters_) open += meter.open();
  return open;
}

}  // namespace milter_manager::proxy
