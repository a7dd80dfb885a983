// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::archive {

// Collects updates of one RRD file and hands them to librrd, all at once where they are no more than some thousands.
// Times are Unix seconds, whole minutes, each later than the one before.
//
// A gap costs at most an update for each length of rows in the file and one more, however long it is. For that the
// heartbeats of the file are raised: only finish() puts them right, so that who does not get there throws the file away.
class UpdateBatch {
 public:
  UpdateBatch(const std::string& path, std::span<const std::string_view> sources, std::int64_t last,
              std::span<const unsigned> row_lengths);

  // The minutes between the last one and `time` become 0.
  Result<void> add(std::int64_t time, std::span<const double> values);
  // All minutes up to and with `time` become 0.
  Result<void> add_zeros(std::int64_t time);
  // Writes what is left.
  Result<void> finish();

 private:
  Result<void> push(std::int64_t time, std::string_view values);
  Result<void> leap(std::int64_t time);
  Result<void> write();
  Result<void> set_heartbeats(std::int64_t seconds);

  const std::string& path_;
  std::string template_;  // "spam:virus:…"
  std::string zeros_;     // ":0:0…"
  std::int64_t last_;
  std::span<const unsigned> row_lengths_;
  bool heartbeats_are_raised_ = false;
  std::vector<std::string> updates_;
};

}  // namespace milter_manager::archive
