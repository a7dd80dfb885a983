// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/worker_count.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "milter-report/model/erlang_c.h"

namespace milter_manager::report {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::uint32_t kDefaultOfSpamd = 5;

// The probability that a value of `a` is larger than one of `b`; ties count half (Mann and Whitney's U, divided by
// the pairs).
double larger_share(std::vector<double>& a, std::vector<double>& b) {
  std::sort(b.begin(), b.end());
  double pairs = 0;
  for (const double value : a) {
    const auto [first, last] = std::equal_range(b.begin(), b.end(), value);
    pairs += static_cast<double>(first - b.begin()) + 0.5 * static_cast<double>(last - first);
  }
  return pairs / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

std::optional<double> growth(const std::vector<Work>& work, const std::vector<std::uint32_t>& found) {
  constexpr std::size_t kFewest = 50;
  if (work.size() < kFewest) return std::nullopt;
  std::vector<double> ranks(found.begin(), found.end());
  const double few = quantile(ranks, 0.5);
  const double many = quantile(ranks, 0.9);
  if (many < few + 2) return std::nullopt;
  std::vector<double> with_few, with_many;
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (found[i] <= few) with_few.push_back(work[i].seconds);
    if (found[i] >= many) with_many.push_back(work[i].seconds);
  }
  if (with_many.size() < kFewest / 5) return std::nullopt;
  return larger_share(with_many, with_few);
}

void add_erlang(BusyHour& hour) {
  // A log may claim any load.
  hour.erlangs = std::clamp(hour.erlangs, 0.0, 1e6);
  hour.few_wait = erlang_c_servers(hour.erlangs, kFewWait);
  hour.hardly_any_wait = erlang_c_servers(hour.erlangs, kHardlyAnyWait);
}

void keep_busiest(std::vector<BusyHour>& hours) {
  std::stable_sort(hours.begin(), hours.end(),
                   [](const BusyHour& a, const BusyHour& b) { return a.erlangs > b.erlangs; });
  if (hours.size() > WorkerCount::kHours) hours.resize(WorkerCount::kHours);
  for (BusyHour& hour : hours) add_erlang(hour);
}

std::vector<BusyHour> busiest_hours(const std::vector<Work>& work) {
  std::vector<BusyHour> hours;
  std::vector<double> seconds;
  for (const Work& piece : work) {
    const auto begin = static_cast<std::int64_t>(std::floor(piece.begin / kHour)) * kHour;
    if (hours.empty() || hours.back().begin != begin) hours.push_back({.begin = begin});
    ++hours.back().mails;
    hours.back().service += piece.seconds;
  }
  for (BusyHour& hour : hours) {
    hour.erlangs = hour.service / kHour;
    hour.service /= static_cast<double>(hour.mails);
  }
  keep_busiest(hours);
  return hours;
}

}  // namespace

bool Saturation::is_saturated() const {
  // Who knows the number of workers needs no signs.
  if (queued) return *queued >= kQueuedOfSaturation;
  return growth && *growth >= kGrowthOfSaturation;
}

Saturation saturation(const std::vector<Work>& work, std::optional<std::uint32_t> workers) {
  Saturation result;
  const std::vector<std::uint32_t> found = found_busy(work);
  result.growth = growth(work, found);
  if (workers && !work.empty()) {
    const auto queued =
        std::count_if(found.begin(), found.end(), [&](std::uint32_t n) { return n >= *workers; });
    result.queued = static_cast<double>(queued) / static_cast<double>(work.size());
  }
  return result;
}

WorkerCount worker_count(const std::vector<Work>& work, std::optional<std::uint32_t> workers) {
  WorkerCount result;
  result.mails = work.size();
  if (work.empty()) return result;
  result.seconds = work.back().begin - work.front().begin;
  if (result.seconds > 0) result.rate = static_cast<double>(result.mails) / result.seconds;
  std::vector<double> seconds;
  seconds.reserve(work.size());
  for (const Work& piece : work) seconds.push_back(piece.seconds);
  result.service = mean(seconds);
  result.median = quantile(seconds, 0.5);
  result.p95 = quantile(seconds, 0.95);
  result.p99 = quantile(seconds, 0.99);
  result.median_bounds = quantile_bounds(seconds, 0.5);
  result.p95_bounds = quantile_bounds(seconds, 0.95);
  const Concurrency at_once = concurrency(work, work.front().begin, work.back().begin);
  result.erlangs = at_once.mean;
  result.most_at_once = at_once.maximum;
  result.saturation = saturation(work, workers);
  result.hours = busiest_hours(work);
  if (!result.saturation.is_saturated()) {
    result.few_wait = servers_for(work, kFewWait);
    result.hardly_any_wait = servers_for(work, kHardlyAnyWait);
  }
  return result;
}

std::vector<BusyHour> busiest_hours(const std::map<std::int64_t, LoadHour>& hours) {
  std::vector<BusyHour> result;
  for (const auto& [begin, sums] : hours) {
    BusyHour hour{.begin = begin, .mails = sums.messages};
    if (sums.seconds > 0) hour.erlangs = sums.busy_seconds / sums.seconds;
    if (sums.messages > 0) hour.service = sums.busy_seconds / static_cast<double>(sums.messages);
    result.push_back(hour);
  }
  keep_busiest(result);
  return result;
}

std::optional<std::uint32_t> connections_at_full_load(std::uint32_t workers, double session_seconds,
                                                      double busy_seconds) {
  if (!(session_seconds > 0 && busy_seconds > 0)) return std::nullopt;
  const double connections = workers * session_seconds / busy_seconds;
  return connections < 1e9 ? std::optional(static_cast<std::uint32_t>(std::max(connections, 1.0)))
                           : std::nullopt;
}

std::uint32_t workers_without_measurement(std::uint64_t smtp_connections) {
  constexpr std::uint64_t kMost = 100'000;
  return std::max(static_cast<std::uint32_t>(std::min(smtp_connections / 3, kMost)), kDefaultOfSpamd);
}

}  // namespace milter_manager::report
