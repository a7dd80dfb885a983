// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::gui {

// A stretch of time: [from, to).
struct Period {
  std::chrono::sys_seconds from{};
  std::chrono::sys_seconds to{};
  std::chrono::seconds length() const { return to - from; }
  bool operator==(const Period&) const = default;
};

// What a chart shows. Of the manager, or of one milter where the kind has milters.
enum class ChartKind : std::uint8_t {
  status,      // how connections ended
  report,      // what milters' headers say
  load,        // of the manager: connections and children; of a milter: its connections, waits, errors
  message,     // how messages ended
  evaluation,  // verdicts that were only tried; milters only
  greylist,    // how long messages had been delayed; milters only
};
inline constexpr ChartKind kChartKinds[] = {ChartKind::status,  ChartKind::report,     ChartKind::load,
                                            ChartKind::message, ChartKind::evaluation, ChartKind::greylist};
// "status", "report", …: in file names, settings and --export.
std::string_view name_of(ChartKind kind);

// What the numbers of a line are.
enum class Measure : std::uint8_t {
  events,   // a minute
  at_once,  // how many at one time
  seconds,
  bytes,  // a minute
};

// Which chart of whom, when, and how finely.
struct ChartQuery {
  ChartKind kind = ChartKind::status;
  std::string host;    // "": all hosts, as Contents::hosts names them
  std::string milter;  // "": the manager
  Period period;
  // So many columns of dots are there to draw it in: the source takes the finest archive that has no more rows than twice that,
  // and that reaches back to the period's beginning.
  std::uint32_t columns = 1000;
  bool peaks = false;  // the highest value of each row, not the mean
};

struct Line {
  std::string
      key;  // the archive's data source, "temporary_failure"; or a report key. A source may hold any text
  Measure measure = Measure::events;
  std::vector<double> values;  // a value a row; NaN: a gap, nobody knows. Never infinite
};

// The answer: rows of equal length. A row's value holds from its time on, for one step.
struct ChartData {
  ChartKind kind = ChartKind::status;
  std::string milter;
  Period period;  // as asked
  std::chrono::sys_seconds first{};
  std::chrono::seconds step{60};
  std::vector<Line> lines = {};            // none: there is no archive of that kind
  std::vector<std::string> failures = {};  // sentences: what could not be read

  std::size_t rows() const { return lines.empty() ? 0 : lines.front().values.size(); }
  std::chrono::sys_seconds time(std::size_t row) const {
    return first + step * static_cast<std::int64_t>(row);
  }
};

// The row at a time, for a cross-hair: none (rows()) outside.
std::size_t row_at(const ChartData& chart, std::chrono::sys_seconds time);

// The same numbers at other times: an earlier period laid over the present one.
ChartData moved(ChartData chart, std::chrono::seconds by);

}  // namespace milter_manager::gui
