// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
using archive::Consolidation;
using archive::Table;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// RRDtool's row at T holds the minutes stored at T and before, and the minute [M, M + 60 s) is stored at M.
constexpr seconds kStoredAhead = minutes(1);
// No archive of ours or of older versions has longer ones than 56 hours.
constexpr seconds kLongestRow = std::chrono::hours(366 * 24);
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The rows of one archive, in both consolidations.
struct Rows {
  Table averages;
  Table maxima;
};

// Rows that end in (window.start, window.end], by RRDtool's time.
Result<Rows> fetch(const Archive& archive, const Window& window) {
  const sys_seconds from = window.start + window.row;
  auto averages = archive.fetch(Consolidation::average, from, window.end, window.row);
  if (!averages) return tl::unexpected(averages.error());
  auto maxima = archive.fetch(Consolidation::maximum, from, window.end, window.row);
  if (!maxima) return tl::unexpected(maxima.error());
  return Rows{std::move(*averages), std::move(*maxima)};
}

sys_seconds rounded_up(sys_seconds time, seconds step) {
  const seconds past = time.time_since_epoch() % step;
  return past == seconds(0) ? time : time - past + step;
}

// RRDtool's times of a range in rows of this length.
void place(Window& window, const Range& range, seconds row, Present present) {
  window.row = row;
  window.end = present.now - present.now.time_since_epoch() % row;
  // The minute before `now` is stored a minute before it.
  if (present.log_ended) window.end = rounded_up(present.now - kStoredAhead, row);
  window.start = window.end - row * ((range.seconds + row.count() - 1) / row.count());
}

// Reads all archives in rows of the length that they all have.
Result<std::vector<Rows>> fetch_all(std::span<const Archive> archives, const Range& range, Present present,
                                    Window& window) {
  place(window, range, seconds(range.row), present);
  for (;;) {
    std::vector<Rows> all;
    seconds longest = window.row;
    for (const Archive& archive : archives) {
      auto rows = fetch(archive, window);
      if (!rows) return tl::unexpected(rows.error());
      longest = std::max({longest, rows->averages.step, rows->maxima.step});
      all.push_back(std::move(*rows));
    }
    if (longest == window.row) return all;
    if (longest > kLongestRow)
      return failure(fmt::format("the archive {} has no rows of less than a year", archives.front().path()));
    place(window, range, longest, present);
  }
}

// A column in the window's rows. RRDtool gives shorter ones where only they reach back far enough: then a row is known, as it is in
// archives, if half of it is.
std::vector<double> values_of(const Table& table, const SeriesStyle& style, const Window& window) {
  std::vector<double> values(window.rows(), kUnknown);
  const auto found = std::find(table.sources.begin(), table.sources.end(), style.source);
  if (found == table.sources.end()) return values;
  const auto column = static_cast<std::size_t>(found - table.sources.begin());
  std::vector<double> sums(values.size(), 0), highest(values.size(), 0);
  std::vector<seconds> known(values.size());
  for (std::size_t i = 0; i < table.rows(); ++i) {
    const seconds since = table.time(i) - window.start;
    const double value = table.at(i, column);
    if (since <= seconds(0) || table.time(i) > window.end || !archive::is_count(value)) continue;
    const auto row = static_cast<std::size_t>((since - seconds(1)) / window.row);
    sums[row] += value;
    highest[row] = std::max(highest[row], value);
    known[row] += table.step;
  }
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (known[row] * 2 < window.row) continue;
    const double count = static_cast<double>(known[row].count()) / static_cast<double>(table.step.count());
    values[row] = style.measure == Measure::at_once ? highest[row] : sums[row] / count;
  }
  return values;
}

bool is_known(const Table& table, std::size_t row) {
  for (std::size_t i = 0; i < table.sources.size(); ++i) {
    if (!std::isnan(table.at(row, i))) return true;
  }
  return false;
}

// The minutes [from, to) and the one before, from the archive's own rows of a minute; none where it has no such rows.
std::optional<Table> fetch_minutes(const Archive& archive, sys_seconds from, sys_seconds to) {
  auto table = archive.fetch(Consolidation::maximum, from - minutes(1), to - minutes(1), minutes(1));
  if (!table || table->step != minutes(1)) return std::nullopt;
  return std::move(*table);
}

// The first of these minutes of which something is known, where nothing is known of the one before.
std::optional<sys_seconds> first_known(const Table& table) {
  if (table.rows() == 0 || is_known(table, 0)) return std::nullopt;
  for (std::size_t row = 1; row < table.rows(); ++row) {
    if (is_known(table, row)) return table.time(row);
  }
  return std::nullopt;
}

// Since when the row [begin, end) is known, the one before it being unknown.
sys_seconds begin_within(const Archive& archive, sys_seconds begin, sys_seconds end,
                         std::optional<sys_seconds> first) {
  const auto table = fetch_minutes(archive, begin, end);
  if (const auto minute = table ? first_known(*table) : std::nullopt) return *minute;
  return first && *first > begin && *first < end ? *first : begin;
}

// What the minutes [from, to) of a row come to, as the row's value: `table` is fetch_minutes().
double value_of(const Table& table, const SeriesStyle& style, sys_seconds from, sys_seconds to) {
  const auto found = std::find(table.sources.begin(), table.sources.end(), style.source);
  if (found == table.sources.end()) return kUnknown;
  const auto column = static_cast<std::size_t>(found - table.sources.begin());
  double sum = 0, highest = 0, known = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double value = table.at(row, column);
    if (table.time(row) < from || table.time(row) >= to || !archive::is_count(value)) continue;
    sum += value;
    highest = std::max(highest, value);
    ++known;
  }
  if (known == 0) return kUnknown;
  if (style.measure == Measure::at_once) return highest;
  if (style.measure == Measure::level) return sum / known;
  return sum * 60 / static_cast<double>((to - first_known(table).value_or(from)).count());
}

// A row that is not whole, from the archives' rows of a minute.
void fill_row(std::span<const Archive> archives, std::size_t row, Window& window) {
  const sys_seconds begin = window.row_begin(row), end = window.known_to(row);
  for (std::size_t which = 0; which < archives.size(); ++which) {
    const auto table = fetch_minutes(archives[which], begin, end);
    if (!table) continue;
    for (std::size_t i = 0; i < window.curves.size(); ++i) {
      if (std::min(i, archives.size() - 1) != which) continue;
      Curve& curve = window.curves[i];
      curve.values[row] = value_of(*table, *curve.style, begin, end);
    }
  }
}

// The row in which the log has ended, and the one in which it began: RRDtool has no rows of which less than half is known.
void add_ends(std::span<const Archive> archives, std::optional<sys_seconds> first, Window& window) {
  const auto row_of = [&](sys_seconds time) {
    return static_cast<std::size_t>((time - window.start) / window.row);
  };
  if (window.newest > window.start && window.newest < window.end) {
    const std::size_t last = row_of(window.newest);
    if (window.row_begin(last) < window.newest) {
      window.until = window.newest;
      fill_row(archives, last, window);
    }
  }
  if (!first || *first < window.start || *first >= window.end) return;
  const std::size_t row = row_of(*first);
  const bool is_known = std::any_of(window.curves.begin(), window.curves.end(),
                                    [&](const Curve& curve) { return !std::isnan(curve.values[row]); });
  if (!is_known) fill_row(archives, row, window);
}

void measure(Curve& curve, const Window& window) {
  double known_minutes = 0;
  double sum = 0;
  for (std::size_t i = 0; i < curve.values.size(); ++i) {
    const double value = curve.values[i];
    if (std::isnan(value)) continue;
    const seconds span = window.known_to(i) - window.known_from(curve, i);
    const double minutes_here = static_cast<double>(span.count()) / 60;
    sum += value * minutes_here;
    known_minutes += minutes_here;
    curve.highest = std::max(curve.highest, value);
  }
  if (curve.style->measure == Measure::events) curve.total = sum;
  if (curve.style->measure != Measure::at_once && known_minutes > 0) curve.mean = sum / known_minutes;
}

}  // namespace

bool Window::known() const {
  return std::any_of(curves.begin(), curves.end(), [](const Curve& curve) { return curve.known; });
}

bool Window::eventful() const {
  return std::any_of(curves.begin(), curves.end(), [](const Curve& curve) { return curve.highest > 0; });
}

Window empty_window(const Range& range, Present present) {
  Window window;
  place(window, range, seconds(range.row), present);
  window.start += kStoredAhead;
  window.end += kStoredAhead;
  return window;
}

Result<Window> read_window(std::span<const Archive> archives, const GraphDefinition& definition,
                           const Range& range, Present present, std::optional<sys_seconds> first) {
  Window window;
  const auto rows = fetch_all(archives, range, present, window);
  if (!rows) return tl::unexpected(rows.error());
  for (std::size_t i = 0; i < definition.series.size(); ++i) {
    const std::size_t which = std::min(i, archives.size() - 1);
    const SeriesStyle& style = definition.series[i];
    const bool averages = style.measure != Measure::at_once;
    Curve curve;
    curve.style = &style;
    curve.values = values_of(averages ? (*rows)[which].averages : (*rows)[which].maxima, style, window);
    window.curves.push_back(std::move(curve));
  }
  window.start += kStoredAhead;
  window.end += kStoredAhead;
  for (const Archive& archive : archives)
    window.newest = std::max<sys_seconds>(window.newest, archive.last() + kStoredAhead);
  if (present.log_ended) add_ends(archives, first, window);

  sys_seconds since = window.end;
  for (std::size_t i = 0; i < window.curves.size(); ++i) {
    Curve& curve = window.curves[i];
    const auto known =
        std::find_if(curve.values.begin(), curve.values.end(), [](double v) { return !std::isnan(v); });
    curve.known = known != curve.values.end();
    if (!curve.known) continue;
    const sys_seconds begin = window.row_begin(static_cast<std::size_t>(known - curve.values.begin()));
    const Archive& archive = archives[std::min(i, archives.size() - 1)];
    // All series of an archive begin with it.
    const bool again = i > 0 && archives.size() == 1 && window.curves[i - 1].known &&
                       window.curves[i - 1].begin >= begin && window.curves[i - 1].begin < begin + window.row;
    curve.begin =
        again ? window.curves[i - 1].begin : begin_within(archive, begin, begin + window.row, first);
    since = std::min(since, curve.begin);
    measure(curve, window);
  }
  if (window.known() && since > window.start) window.since = since;
  return window;
}

}  // namespace milter_manager::log_analyzer
