// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/row_store.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "gui/model/series.h"

namespace milter_manager::gui {
namespace {

using archive::Kind;
using std::chrono::sys_seconds;

std::int64_t seconds(sys_seconds time) { return time.time_since_epoch().count(); }

bool is_load(Kind kind) { return kind == Kind::session || kind == Kind::milter_load; }

Measure measure_of(Kind kind, std::size_t source) {
  const std::string_view name = archive::layout(kind).sources[source];
  return gui::measure_of(is_load(kind) ? ChartKind::load : ChartKind::status, name);
}

bool is_rate(Measure measure) { return measure == Measure::events || measure == Measure::bytes; }

double either(double a, double b, double both) { return std::isnan(a) ? b : std::isnan(b) ? a : both; }

// What falls into one row of a chart.
struct Sum {
  double sum = 0;
  double highest = 0;
  double rows = 0;
};

}  // namespace

std::int64_t RowStore::number(sys_seconds time) const {
  return static_cast<std::int64_t>(
      std::floor(static_cast<double>(seconds(time)) / static_cast<double>(step_.count())));
}

void RowStore::put(const SeriesId& id, sys_seconds time, const maillog::Row& row, double share) {
  // Names may be made up.
  constexpr std::size_t kRowsOfSeries = 8;
  if (!series_.contains(id) && series_.size() >= std::max<std::size_t>(most_ / kRowsOfSeries, 1)) return;
  const auto [place, is_new] = series_[id].try_emplace(number(time), maillog::Row{});
  // A rate that held for a part of the step.
  const double part = share * static_cast<double>(base_.count()) / static_cast<double>(step_.count());
  for (std::size_t i = 0; i < archive::layout(id.kind).sources.size(); ++i) {
    double& value = place->second[i];
    const bool is_rate_of_events = is_rate(measure_of(id.kind, i));
    const double more = is_rate_of_events ? row[i] * part : row[i];
    value = is_new ? more : either(value, more, is_rate_of_events ? value + more : std::max(value, more));
  }
  // Where each series has one row, longer ones are no fewer.
  if (is_new && ++count_ > most_ && count_ > series_.size()) double_step();
}

void RowStore::double_step() {
  step_ *= 2;
  count_ = 0;
  for (auto& [id, rows] : series_) {
    const std::size_t sources = archive::layout(id.kind).sources.size();
    Rows merged;
    for (const auto& [at, row] : rows) {
      const std::int64_t half = at >= 0 ? at / 2 : (at - 1) / 2;
      const auto [place, is_new] = merged.try_emplace(half, maillog::Row{});
      for (std::size_t i = 0; i < sources; ++i) {
        double& value = place->second[i];
        if (is_rate(measure_of(id.kind, i))) {
          value += std::isnan(row[i]) ? 0 : row[i] / 2;  // the other half has no row: nothing happened
        } else {
          value = is_new ? row[i] : either(value, row[i], std::max(value, row[i]));
        }
      }
    }
    rows = std::move(merged);
    count_ += rows.size();
  }
}

void RowStore::mark_alive(Moment begin, Moment end, std::chrono::seconds bridge) {
  auto near = alive_.upper_bound(begin);
  if (near != alive_.begin() && std::prev(near)->second + bridge >= begin) --near;
  while (near != alive_.end() && near->first <= end + bridge) {
    begin = std::min(begin, near->first);
    end = std::max(end, near->second);
    near = alive_.erase(near);
  }
  alive_.emplace(begin, end);
}

std::chrono::milliseconds RowStore::alive(Moment from, Moment to) const {
  std::chrono::milliseconds sum{0};
  auto stretch = alive_.upper_bound(from);
  if (stretch != alive_.begin()) --stretch;
  for (; stretch != alive_.end() && stretch->first < to; ++stretch)
    sum += std::max(std::chrono::milliseconds(0),
                    std::min(to, stretch->second) - std::max(from, stretch->first));
  return sum;
}

// The end of the last row that begins by then.
std::optional<sys_seconds> RowStore::newest_by(sys_seconds latest) const {
  std::optional<std::int64_t> newest;
  for (const auto& [id, rows] : series_) {
    const auto behind = rows.upper_bound(number(latest));
    if (behind == rows.begin()) continue;
    newest = std::max(newest.value_or(std::prev(behind)->first), std::prev(behind)->first);
  }
  if (!newest) return std::nullopt;
  return sys_seconds(step_ * (*newest + 1));
}

Contents RowStore::contents(sys_seconds latest) const {
  Contents contents;
  std::set<std::string> milters, hosts;
  for (const auto& [id, rows] : series_) {
    if (!id.milter.empty()) milters.insert(id.milter);
    hosts.insert(id.host);
  }
  contents.milters.assign(milters.begin(), milters.end());
  if (hosts.size() > 1) contents.hosts.assign(hosts.begin(), hosts.end());
  if (!alive_.empty()) {
    contents.first = std::chrono::floor<std::chrono::seconds>(alive_.begin()->first);
    contents.newest = std::chrono::floor<std::chrono::seconds>(alive_.rbegin()->second);
    if (*contents.newest > latest) contents.newest = newest_by(latest).value_or(*contents.newest);
  }
  return contents;
}

ChartData RowStore::chart_of(const SeriesId& id, const Rows& rows, const ChartQuery& query) const {
  const archive::Layout& layout = archive::layout(id.kind);
  ChartData chart{.kind = query.kind, .milter = query.milter, .period = query.period};
  const std::int64_t begin = number(query.period.from);
  const std::int64_t end = std::max(number(query.period.to - std::chrono::seconds(1)) + 1, begin + 1);
  const std::int64_t most = std::max<std::int64_t>(2 * std::int64_t{query.columns}, 2);
  const std::int64_t times = std::max<std::int64_t>((end - begin + most - 1) / most, 1);
  const auto count = static_cast<std::size_t>((end - begin + times - 1) / times);
  chart.first = sys_seconds(step_ * begin);
  chart.step = step_ * times;
  chart.lines = lines_of(query.kind, layout, count);
  std::vector<std::vector<Sum>> sums(layout.sources.size(), std::vector<Sum>(count));
  for (auto at = rows.lower_bound(begin); at != rows.end() && at->first < end; ++at) {
    const auto row = static_cast<std::size_t>((at->first - begin) / times);
    for (std::size_t source = 0; source < sums.size(); ++source) {
      const double value = at->second[source];
      if (!(value >= 0) || !std::isfinite(value)) continue;
      Sum& sum = sums[source][row];
      sum.sum += value;
      sum.highest = std::max(sum.highest, value);
      ++sum.rows;
    }
  }
  for (std::size_t row = 0; row < count; ++row) {
    const Moment from = chart.time(row);
    const double looked = std::chrono::duration<double>(alive(from, from + chart.step)) / step_;
    for (std::size_t source = 0; source < sums.size(); ++source) {
      const Sum& sum = sums[source][row];
      // The newest step is not over yet: what happened in it happened in the part that there is.
      const double of = looked > 0 && is_rate(measure_of(id.kind, source)) ? looked : sum.rows;
      if (!(of > 0)) continue;
      const double mean = sum.sum / of;
      chart.lines[source].values[row] = query.peaks ? std::max(sum.highest, mean) : mean;
    }
  }
  if (!id.key.empty()) chart.lines.front().key = id.key;
  return chart;
}

ChartData RowStore::chart(const ChartQuery& query) const {
  ChartData chart{.kind = query.kind, .milter = query.milter, .period = query.period};
  const auto kind = archive_kind(query.kind, !query.milter.empty());
  const Kind of_keys = query.milter.empty() ? Kind::manager_key : Kind::milter_key;
  const auto add_all = [&](const std::string& host, Kind of_kind) {
    auto one = series_.lower_bound({host, of_kind, query.milter, ""});
    for (; one != series_.end() && one->first.host == host && one->first.kind == of_kind &&
           one->first.milter == query.milter;
         ++one)
      add(chart, chart_of(one->first, one->second, query));
  };
  // From host to host: of many milters, most are none of this chart's.
  auto of_host = series_.lower_bound({query.host, Kind{}, "", ""});
  while (of_host != series_.end()) {
    const std::string host = of_host->first.host;
    if (!query.host.empty() && host != query.host) break;
    if (kind) add_all(host, *kind);
    if (query.kind == ChartKind::report) add_all(host, of_keys);
    of_host = series_.lower_bound({host + '\0', Kind{}, "", ""});  // no name is between
  }
  return chart;
}

Overview RowStore::overview(const std::string& host, const Period& period) const {
  Overview overview{.period = period};
  const auto of = [&](const std::string& milter) {
    const auto one = [&](ChartKind kind) {
      constexpr std::uint32_t kColumns = 40;
      return chart({kind, host, milter, period, kColumns, false});
    };
    MilterOverview row = overview_of(one(ChartKind::status), one(ChartKind::message), one(ChartKind::load),
                                     one(ChartKind::evaluation));
    row.name = milter;
    return row;
  };
  overview.manager = of("");
  for (const std::string& milter : contents().milters) overview.milters.push_back(of(milter));
  return overview;
}

}  // namespace milter_manager::gui
