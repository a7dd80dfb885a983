// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"

namespace milter_manager::archive {

// What an archive's rows add up to, source by source.
struct Sums {
  std::vector<double> values;  // in the order of the layout's sources: events
  // Where the rows begin that were added, at or before `from`; the same as `from` where rows of a minute reach it.
  std::chrono::sys_seconds first{};
  bool any = false;  // whether there is any known value
};

// What an archive counted in a stretch of time, to be summed up over any part of it.
//
//   auto counts = Counts::read(archive, now - 7 * 24h, now);
//   counts->sum({"pass", "accept"}, midnight, now);
//
// The last two days come from rows of a minute, the week before from rows of 56 minutes, the weeks before that from longer
// ones; so the first row may reach back a little before what is asked for. A file of an older version has no rows of a
// minute: there rows of 8 minutes serve, and up to the last 8 minutes are missing.
class Counts {
 public:
  // The minutes in [from, to), `to` being no earlier than what the archive holds. Cost: a fetch for each length of rows.
  static Result<Counts> read(const Archive& archive, std::chrono::sys_seconds from,
                             std::chrono::sys_seconds to);

  // The events of these sources in the minutes [from, to), a part of what was read. None where nothing is known of them.
  std::optional<double> sum(std::initializer_list<std::string_view> sources, std::chrono::sys_seconds from,
                            std::chrono::sys_seconds to) const;
  // The same of every source.
  Sums sums(std::chrono::sys_seconds from, std::chrono::sys_seconds to) const;

 private:
  // Rows of one length: those whose periods end in (after, up_to], by RRDtool's time.
  struct Stretch {
    Table table;
    std::chrono::sys_seconds after;
    std::chrono::sys_seconds up_to;
  };
  explicit Counts(const Layout& layout) : layout_(&layout) {}

  const Layout* layout_;
  std::vector<Stretch> stretches_;  // the newest first
};

// All that was counted in the minutes [from, to).
Result<Sums> sum(const Archive& archive, std::chrono::sys_seconds from, std::chrono::sys_seconds to);

}  // namespace milter_manager::archive
