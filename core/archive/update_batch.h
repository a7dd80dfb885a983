// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"

namespace milter_manager::archive {

// Collects updates of one RRD file and hands them to librrd, all at once where they are no more than some thousands.
// Times are Unix seconds, whole minutes, each later than the one before.
//
// A gap costs at most an update for each length of rows in the file and one more, however long it is. For that the
// heartbeats of the file are raised: only finish() puts them right, so that who does not get there throws the file away.
class UpdateBatch {
 public:
  // What the file holds.
  struct File {
    std::span<const std::string> sources;
    std::int64_t heartbeat;  // seconds, the shortest of any source
    std::span<const unsigned> row_lengths;
  };
  // `sources`: those that values are given for.
  UpdateBatch(const std::string& path, std::span<const std::string_view> sources, std::int64_t last,
              File file, Gap gap);

  // The minutes between the last one and `time` are filled.
  Result<void> add(std::int64_t time, std::span<const double> values);
  // All minutes up to and with `time` become what the gap says.
  Result<void> fill(std::int64_t time);
  // Writes what is left.
  Result<void> finish();

 private:
  void begin(std::int64_t time);
  Result<void> end();
  std::vector<std::int64_t> ends_until(std::int64_t time) const;
  Result<void> write();
  Result<void> set_heartbeats(std::int64_t seconds);

  const std::string& path_;
  std::string template_;  // "spam:virus:…"
  std::string filling_;   // ":0:0…", ":U:U…"
  std::int64_t last_;
  File file_;
  bool heartbeats_are_raised_ = false;
  std::string text_;                  // updates, each ended by a 0
  std::vector<std::size_t> updates_;  // where they begin in it
};

}  // namespace milter_manager::archive
