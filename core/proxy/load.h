// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/statistics/event.h"

namespace milter_manager::proxy {

// How long messages waited, in buckets that grow by an eighth of an octave: quantiles are right within 5 %,
// and histograms of several processes can be added.
class WaitHistogram {
 public:
  void add(double seconds);
  void add(const WaitHistogram& other);
  std::uint64_t count() const { return count_; }
  // None where there was no message. `share` is between 0 and 1.
  std::optional<double> quantile(double share) const;

  // For other processes: the numbers of the buckets that hold something, and how much. add_to_bucket() of all of them to an empty
  // histogram makes this one again. A number that no bucket has adds nothing.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> buckets() const;
  void add_to_bucket(std::uint32_t number, std::uint32_t count);

 private:
  static constexpr std::size_t kPerOctave = 8;
  static constexpr std::size_t kBuckets = kPerOctave * 32;  // 1 µs to more than an hour
  std::uint64_t count_ = 0;
  std::array<std::uint32_t, kBuckets> buckets_ = {};
};

// What one milter did in a span of time. Those of several processes can be added.
struct MilterLoad {
  std::string name;
  double span = 0;  // seconds
  std::uint64_t open = 0;
  std::uint64_t busy = 0;
  double busy_mean = 0;
  std::uint64_t busy_max = 0;
  WaitHistogram waits;
  std::uint64_t errors = 0;  // time-outs included
  std::uint64_t timeouts = 0;

  // Maxima of several processes need not coincide: their sum is an upper bound.
  void add(const MilterLoad& other);
  // [milter][load] with this Unix time. The event's name points into this.
  statistics::MilterLoad event(double epoch) const;
};

// Counts for one milter, for as long as the process runs.
class LoadMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit LoadMeter(Time now) : since_(now), last_change_(now) {}

  void opened() { ++open_; }
  void closed() { --open_; }
  void busy(Time now);
  void idle(Time now);
  void waited(double seconds) { waits_.add(seconds); }
  void failed(bool timed_out) {
    ++errors_;
    ++all_errors_;
    if (!timed_out) return;
    ++timeouts_;
    ++all_timeouts_;
  }
  // Of the timeouts, one where the milter's own time was not over.
  void hit_reply_deadline() { ++reply_deadline_hits_; }
  std::uint64_t open() const { return open_; }
  std::uint64_t busy_now() const { return busy_; }
  // Since the meter was made.
  std::uint64_t all_errors() const { return all_errors_; }
  std::uint64_t all_timeouts() const { return all_timeouts_; }
  std::uint64_t reply_deadline_hits() const { return reply_deadline_hits_; }

  // What was counted since the last call, and the start of a new span.
  MilterLoad take(const std::string& name, Time now);

 private:
  void count_busy_time(Time now);

  Time since_;
  Time last_change_;
  std::uint64_t open_ = 0;
  std::uint64_t busy_ = 0;
  double busy_seconds_ = 0;  // integral over the span
  std::uint64_t busy_max_ = 0;
  WaitHistogram waits_;
  std::uint64_t errors_ = 0;
  std::uint64_t timeouts_ = 0;
  std::uint64_t all_errors_ = 0;
  std::uint64_t all_timeouts_ = 0;
  std::uint64_t reply_deadline_hits_ = 0;
};

// The meters of all milters by name; a reload keeps them. References stay valid.
class LoadMeters {
 public:
  LoadMeter& of(const std::string& name, LoadMeter::Time now) {
    return meters_.try_emplace(name, now).first->second;
  }
  // Of `names`, in that order.
  std::vector<MilterLoad> take(const std::vector<std::string>& names, LoadMeter::Time now);
  std::uint64_t open() const;

 private:
  std::map<std::string, LoadMeter> meters_;
};

}  // namespace milter_manager::proxy
