// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "milter-manager-log-analyzer/gallery.h"

namespace milter_manager::log_analyzer {

// A stretch of a range as a person counts it: an hour of a day, a day of a week or a month, a month of a year, in local
// time.
struct Stretch {
  std::string label;      // "2026-03-08 14:00", "2026-03-08", "2026-03"
  std::size_t begin = 0;  // the rows [begin, end) of the graph: those that begin in it
  std::size_t end = 0;
};

// The stretches of graphs. Most graphs of a page have the same rows, so what was worked out once is kept.
class Stretches {
 public:
  // Valid as long as this object.
  const std::vector<Stretch>& of(const Range& range, const Exhibit& exhibit);

 private:
  std::map<std::tuple<std::string_view, std::int64_t, std::int64_t, std::size_t>, std::vector<Stretch>>
      known_;
};

// Whether anything is known of any series in a stretch.
bool is_known(const Exhibit& exhibit, const Stretch& stretch);

// A series in a stretch, for people: the sum of its events, the most at once, or the mean; "–" where nothing is known.
std::string in_stretch(const Exhibit& exhibit, const Series& series, const Stretch& stretch);

}  // namespace milter_manager::log_analyzer
