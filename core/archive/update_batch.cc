// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/update_batch.h"

#include <fmt/format.h>
#include <rrd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/archive/rrd_file.h"

namespace milter_manager::archive {
namespace {

constexpr std::size_t kMostUpdates = 4096;  // in one call
// Gaps up to this are cheaper in steps as long as the heartbeat.
constexpr std::int64_t kShortGap = 12 * kStep;
// 63 years: librrd keeps heartbeats in an int here and there.
constexpr std::int64_t kLongestGap = 2'000'000'000;

template <typename Integer>
void append_integer(Integer value, std::string& text) {
  std::array<char, std::numeric_limits<Integer>::digits10 + 2> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(digits.data(), end);
}

void append(double value, std::string& text) {
  constexpr double kWhole = 1e15;
  if (!std::isfinite(value)) {
    text += 'U';
  } else if (value >= 0 && value < kWhole && value == static_cast<double>(static_cast<std::int64_t>(value))) {
    append_integer(static_cast<std::int64_t>(value), text);  // nearly all are counts
  } else {
    fmt::format_to(std::back_inserter(text), "{}", value);
  }
}

}  // namespace

UpdateBatch::UpdateBatch(const std::string& path, std::span<const std::string_view> sources,
                         std::int64_t last, File file, Gap gap)
    : path_(path), template_(fmt::format("{}", fmt::join(sources, ":"))), last_(last), file_(file) {
  for (std::size_t i = 0; i < sources.size(); ++i) filling_ += gap == Gap::zero ? ":0" : ":U";
}

Result<void> UpdateBatch::add(std::int64_t time, std::span<const double> values) {
  if (auto filled = fill(time - kStep); !filled) return filled;
  begin(time);
  for (const double value : values) {
    text_ += ':';
    append(value, text_);
  }
  return end();
}

// One update stands for all minutes since the last: true for a gauge whose heartbeat is as long as that.
Result<void> UpdateBatch::fill(std::int64_t time) {
  if (time - last_ > kShortGap && !heartbeats_are_raised_) {
    heartbeats_are_raised_ = true;
    if (auto raised = set_heartbeats(kLongestGap); !raised) return raised;
  }
  const std::int64_t longest =
      heartbeats_are_raised_ ? kLongestGap : std::max(file_.heartbeat / kStep * kStep, kStep);
  for (const std::int64_t row_end : ends_until(time)) {
    while (last_ < row_end) {
      begin(std::min(row_end, last_ + longest));
      text_ += filling_;
      if (auto ended = end(); !ended) return ended;
    }
  }
  return {};
}

void UpdateBatch::begin(std::int64_t time) {
  updates_.push_back(text_.size());
  append_integer(time, text_);
  last_ = time;
}

Result<void> UpdateBatch::end() {
  text_ += '\0';
  return updates_.size() < kMostUpdates ? Result<void>() : write();
}

// Where a gap must be divided: no update may complete more than the one row that has begun. When librrd fills many at
// once it puts the value of the first, begun one where the oldest is. So there is an update where the begun row of each
// length ends.
std::vector<std::int64_t> UpdateBatch::ends_until(std::int64_t time) const {
  std::vector<std::int64_t> ends{time};
  for (const unsigned length : file_.row_lengths) {
    const std::int64_t row = length * kStep;
    const std::int64_t end = last_ / row * row + row;
    if (last_ % row != 0 && end < time) ends.push_back(end);
  }
  std::sort(ends.begin(), ends.end());
  return ends;
}

Result<void> UpdateBatch::set_heartbeats(std::int64_t seconds) {
  return tune(path_, heartbeat_arguments(file_.sources, seconds));
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
  argv.reserve(updates_.size());
  for (const std::size_t at : updates_) argv.push_back(text_.c_str() + at);
  rrd_clear_error();
  const int failed =
      rrd_update_r(path_.c_str(), template_.c_str(), static_cast<int>(argv.size()), argv.data());
  updates_.clear();
  text_.clear();
  if (failed != 0) return rrd_failure("update", path_);
  return {};
}

}  // namespace milter_manager::archive
