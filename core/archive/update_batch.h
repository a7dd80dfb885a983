// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::archive {

// Collects updates of one RRD file and hands them to librrd thousands at a time. Times are Unix seconds, whole
// minutes, each later than the one before.
class UpdateBatch {
 public:
  UpdateBatch(const std::string& path, std::span<const std::string_view> sources, std::int64_t last,
              unsigned longest_row);

  // The minutes between the last one and `time` become 0.
  Result<void> add(std::int64_t time, std::span<const double> values);
  // All minutes up to and with `time` become 0.
  Result<void> add_zeros(std::int64_t time);
  Result<void> write();

 private:
  Result<void> push(std::int64_t time, std::string_view values);
  Result<void> leap(std::int64_t time);

  const std::string& path_;
  std::string template_;  // "spam:virus:…"
  std::string zeros_;     // ":0:0…"
  std::int64_t last_;
  std::int64_t longest_row_;  // seconds
  std::vector<std::string> updates_;
};

}  // namespace milter_manager::archive
