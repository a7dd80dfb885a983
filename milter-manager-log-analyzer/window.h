// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"
#include "milter-manager-log-analyzer/graph_table.h"

namespace milter_manager::log_analyzer {

// What is taken for the present.
struct Present {
  // A time is one: NOLINTNEXTLINE(google-explicit-constructor)
  Present(std::chrono::sys_seconds time, bool log_has_ended = false) : now(time), log_ended(log_has_ended) {}
  std::chrono::sys_seconds now;
  // The log gets no more lines: the rows that it begins and ends in are shown too, as far as they are known.
  bool log_ended;
};

// One series in a stretch of time: what is drawn, and what the legend says of it.
struct Curve {
  const SeriesStyle* style = nullptr;
  std::vector<double> values;  // one a row; NaN where nothing is known
  std::chrono::sys_seconds
      begin;           // since when something is known: within the first row that is, or its beginning
  bool known = false;  // whether any row is
  double total = 0;    // events; 0 for other measures
  double mean = 0;     // over what is known; 0 for Measure::at_once
  double highest = 0;  // the highest row
};

struct Window {
  std::chrono::sys_seconds start;  // the first row's beginning
  std::chrono::sys_seconds end;    // the last row's end
  std::chrono::seconds row{1};
  // Up to when the last row is known: `end`, or within it, where the log has ended there.
  std::chrono::sys_seconds until{std::chrono::sys_seconds::max()};
  std::vector<Curve> curves;                      // in the definition's order
  std::chrono::sys_seconds newest{};              // the end of what the archives know; 0: there are none
  std::optional<std::chrono::sys_seconds> since;  // where something is known, but not from `start` on

  std::size_t rows() const { return static_cast<std::size_t>((end - start) / row); }
  std::chrono::sys_seconds row_begin(std::size_t i) const {
    return start + row * static_cast<std::int64_t>(i);
  }
  // What a row that is known stands for: [row_begin(i), row_begin(i) + row), but for where the curve begins and ends.
  std::chrono::sys_seconds known_from(const Curve& curve, std::size_t i) const {
    return std::max(row_begin(i), curve.begin);
  }
  std::chrono::sys_seconds known_to(std::size_t i) const { return std::min(row_begin(i) + row, until); }
  bool known() const;
  bool eventful() const;  // whether any value is above 0
};

// A range without curves, in its own rows.
Window empty_window(const Range& range, Present present);

// Reads what a graph of `range` shows: from one archive that has every series, or one archive a series. Rows are those
// of the range, or what older versions' archives have instead; the last one is complete, or as far as the log went.
//
// Totals are sums of the very rows that are drawn. The row in which an archive begins knows only a part of its time:
// it counts for that part, where the archive's first minute can be told, from its rows of a minute or as `first`, the
// first minute of the log that was ever counted. So does the row in which the log has ended.
Result<Window> read_window(std::span<const archive::Archive> archives, const GraphDefinition& definition,
                           const Range& range, Present present,
                           std::optional<std::chrono::sys_seconds> first = std::nullopt);

}  // namespace milter_manager::log_analyzer
