// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/update_batch.h"

#include <fmt/format.h>
#include <rrd.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/archive/rrd_file.h"

namespace milter_manager::archive {
namespace {

constexpr std::size_t kMostUpdates = 4096;  // in one call
// Gaps up to this are cheaper minute by minute.
constexpr std::int64_t kShortGap = 12 * kStep;
// 63 years: librrd keeps heartbeats in an int here and there.
constexpr std::int64_t kLongestGap = 2'000'000'000;

}  // namespace

UpdateBatch::UpdateBatch(const std::string& path, std::span<const std::string_view> sources,
                         std::int64_t last, std::span<const unsigned> row_lengths)
    : path_(path),
      template_(fmt::format("{}", fmt::join(sources, ":"))),
      last_(last),
      row_lengths_(row_lengths) {
  for (std::size_t i = 0; i < sources.size(); ++i) zeros_ += ":0";
}

Result<void> UpdateBatch::add(std::int64_t time, std::span<const double> values) {
  if (auto filled = add_zeros(time - kStep); !filled) return filled;
  std::string text;
  for (double value : values) {
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(text), ":{}", value);
    } else {
      text += ":U";
    }
  }
  return push(time, text);
}

Result<void> UpdateBatch::add_zeros(std::int64_t time) {
  if (time - last_ > kShortGap) return leap(time);
  while (last_ < time) {
    if (auto pushed = push(last_ + kStep, zeros_); !pushed) return pushed;
  }
  return {};
}

Result<void> UpdateBatch::push(std::int64_t time, std::string_view values) {
  updates_.push_back(fmt::format("{}{}", time, values));
  last_ = time;
  if (updates_.size() < kMostUpdates) return {};
  return write();
}

// One update stands for all minutes since the last: true for a gauge whose heartbeat is as long as the leap. But no
// update may complete more than the one row that has begun: when librrd fills many at once it puts the value of the
// first, begun one where the oldest is. So there is an update where the begun row of each length ends.
Result<void> UpdateBatch::leap(std::int64_t time) {
  if (!heartbeats_are_raised_) {
    heartbeats_are_raised_ = true;
    if (auto raised = set_heartbeats(kLongestGap); !raised) return raised;
  }
  std::vector<std::int64_t> ends{time};
  for (const unsigned length : row_lengths_) {
    const std::int64_t row = length * kStep;
    const std::int64_t end = last_ / row * row + row;
    if (last_ % row != 0 && end < time) ends.push_back(end);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  for (const std::int64_t end : ends) {
    if (auto pushed = push(end, zeros_); !pushed) return pushed;
  }
  return {};
}

Result<void> UpdateBatch::set_heartbeats(std::int64_t seconds) {
  const auto head = read_head(path_);
  if (!head) return tl::unexpected(head.error());
  return tune(path_, heartbeat_arguments(*head, seconds));
}

Result<void> UpdateBatch::finish() {
  auto written = write();
  if (!heartbeats_are_raised_) return written;
  auto restored = set_heartbeats(kHeartbeat);
  return written ? restored : written;
}

Result<void> UpdateBatch::write() {
  if (updates_.empty()) return {};
  std::vector<const char*> argv;
  for (const std::string& update : updates_) argv.push_back(update.c_str());
  rrd_clear_error();
  const int failed =
      rrd_update_r(path_.c_str(), template_.c_str(), static_cast<int>(argv.size()), argv.data());
  updates_.clear();
  if (failed != 0) return rrd_failure("update", path_);
  return {};
}

}  // namespace milter_manager::archive
