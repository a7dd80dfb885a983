// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "milter-report/processes/sampler.h"

namespace milter_manager::report::processes {

// A minute of one archive of the kind `process`.
struct ProcessRow {
  std::string name;  // what Measured::name says
  archive::Row row;
};

// Makes minutes of samples: for each name the sum over its processes, then the mean over the samples of a minute.
//
//   for (…) { for (const auto& one : minutes.add(sample)) store(one); }
//   for (const auto& one : minutes.end()) store(one);
//
// A quantity that was unknown for one of the processes is unknown for the sum, and left out of the mean; where no sample of the minute has
// it, it is unknown in the row.
// A name that a sample has no process of counts 0 of everything, once it is known: it was asked for, or seen before. But what could be
// seen of no process that there was is unknown, and not 0.
class Minutes {
 public:
  // The most names that are kept: processes choose theirs.
  static constexpr std::size_t kMostNames = 256;

  // `names`: what is asked for by name.
  explicit Minutes(const std::vector<std::string>& names);

  // Returns the minute before, when the sample begins a new one. A clock that was set back stays in the minute that was reached.
  std::vector<ProcessRow> add(const Sample& sample);
  // The minute that has begun.
  std::vector<ProcessRow> end();
  // Whether there were more names than are kept.
  bool has_left_out() const { return has_left_out_; }

 private:
  static constexpr std::size_t kQuantities = 7;
  struct Mean {
    double sum = 0;
    std::size_t count = 0;
    bool was_seen = false;     // of any process
    bool was_unknown = false;  // of any process
  };
  using Sums = std::array<std::optional<double>, kQuantities>;

  void add_to_sums(const Measured& measured, std::map<std::string, Sums>& sums);

  std::optional<archive::Minute> minute_;
  std::map<std::string, std::array<Mean, kQuantities>> means_;  // by name
  bool has_left_out_ = false;
};

}  // namespace milter_manager::report::processes
