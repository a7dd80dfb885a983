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
constexpr std::int64_t kDay = 86400;

}  // namespace

UpdateBatch::UpdateBatch(const std::string& path, std::span<const std::string_view> sources,
                         std::int64_t last, unsigned longest_row)
    : path_(path),
      template_(fmt::format("{}", fmt::join(sources, ":"))),
      last_(last),
      longest_row_(longest_row * kStep) {
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
  // Every row that has begun is filled one minute at a time: when librrd fills many rows at once it puts the value
  // of the first, begun one where the oldest row is.
  const std::int64_t near = std::min(time, last_ + longest_row_ + kDay);
  while (last_ < near) {
    if (auto pushed = push(last_ + kStep, zeros_); !pushed) return pushed;
  }
  if (last_ < time) return leap(time);
  return {};
}

Result<void> UpdateBatch::push(std::int64_t time, std::string_view values) {
  updates_.push_back(fmt::format("{}{}", time, values));
  last_ = time;
  if (updates_.size() < kMostUpdates) return {};
  return write();
}

// One update stands for all minutes since the last: true for a gauge whose heartbeat is as long as the leap.
Result<void> UpdateBatch::leap(std::int64_t time) {
  if (auto written = write(); !written) return written;
  const auto head = read_head(path_);
  if (!head) return tl::unexpected(head.error());
  if (auto tuned = tune(path_, heartbeat_arguments(*head, time - last_ + kStep)); !tuned) return tuned;
  auto written = push(time, zeros_);
  if (written) written = write();
  // Also after a failure: the heartbeat is not ours to keep.
  if (auto tuned = tune(path_, heartbeat_arguments(*head, kHeartbeat)); !tuned && written) return tuned;
  return written;
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
