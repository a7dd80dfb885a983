// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/series.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

namespace milter_manager::gui {
namespace {

using archive::Kind;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// How messages, or connections, end: each counts as one of these.
bool is_end(const Line& line) {
  return is_one_of(line.key, {"pass", "accept", "reject", "discard", "temporary_failure"});
}

double sum(const ChartData& chart, bool (*counts)(const Line&)) {
  double sum = 0;
  for (const Line& line : chart.lines) {
    if (!counts(line)) continue;
    for (const double value : line.values) sum += std::isnan(value) ? 0 : value;
  }
  return sum;
}

bool is_reject(const Line& line) { return line.key == "reject"; }
bool is_failure(const Line& line) { return is_one_of(line.key, {"errors", "error"}); }

double added(double a, double b, Measure measure) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return measure == Measure::seconds ? std::max(a, b) : a + b;
}

}  // namespace

std::optional<Kind> archive_kind(ChartKind kind, bool is_of_milter) {
  switch (kind) {
    case ChartKind::status:
      return is_of_milter ? Kind::milter_status : Kind::manager_status;
    case ChartKind::report:
      return is_of_milter ? Kind::milter_report : Kind::manager_report;
    case ChartKind::load:
      return is_of_milter ? Kind::milter_load : Kind::session;
    case ChartKind::message:
      return is_of_milter ? Kind::milter_message : Kind::manager_message;
    case ChartKind::evaluation:
      return is_of_milter ? std::optional(Kind::milter_evaluation) : std::nullopt;
    case ChartKind::greylist:
      return is_of_milter ? std::optional(Kind::milter_greylist) : std::nullopt;
  }
  return std::nullopt;
}

Measure measure_of(ChartKind kind, std::string_view source) {
  if (kind == ChartKind::message && source == "bytes") return Measure::bytes;
  if (kind != ChartKind::load) return Measure::events;
  if (is_one_of(source, {"open", "busy", "busy_mean", "busy_max", "concurrent"})) return Measure::at_once;
  if (is_one_of(source, {"p50", "p95", "p99"})) return Measure::seconds;
  return Measure::events;
}

std::vector<Line> lines_of(ChartKind kind, const archive::Layout& layout, std::size_t rows) {
  std::vector<Line> lines;
  for (const std::string_view source : layout.sources)
    lines.push_back({std::string(source), measure_of(kind, source), std::vector<double>(rows, kUnknown)});
  return lines;
}

void add(ChartData& chart, const ChartData& other) {
  if (other.lines.empty()) return;
  if (chart.lines.empty()) {
    auto failures = std::move(chart.failures);
    chart = other;
    chart.failures.insert(chart.failures.begin(), failures.begin(), failures.end());
    return;
  }
  const std::size_t rows = chart.rows();
  for (const Line& theirs : other.lines) {
    auto mine = std::find_if(chart.lines.begin(), chart.lines.end(),
                             [&](const Line& line) { return line.key == theirs.key; });
    if (mine == chart.lines.end()) {
      chart.lines.push_back({theirs.key, theirs.measure, std::vector<double>(rows, kUnknown)});
      mine = chart.lines.end() - 1;
    }
    for (std::size_t row = 0; row < rows; ++row) {
      const std::size_t at = row_at(other, chart.time(row));
      if (at < other.rows()) mine->values[row] = added(mine->values[row], theirs.values[at], theirs.measure);
    }
  }
  chart.failures.insert(chart.failures.end(), other.failures.begin(), other.failures.end());
}

MilterOverview overview_of(const ChartData& connections, const ChartData& messages, const ChartData& load,
                           const ChartData& evaluation) {
  MilterOverview overview;
  const double evaluated = sum(evaluation, is_end);
  overview.is_evaluated = evaluated > 0;
  const double of_messages = sum(messages, is_end);
  const ChartData& ends = of_messages > 0 ? messages : connections;
  const double all = sum(ends, is_end);
  if (all > 0) overview.reject_share = sum(ends, is_reject) / all;
  // A milter that is only tried has no other sparkline.
  const ChartData& shown = all <= 0 && evaluated > 0 ? evaluation : ends;
  for (std::size_t row = 0; row < shown.rows(); ++row) {
    double events = kUnknown;
    for (const Line& line : shown.lines) {
      if (is_end(line)) events = added(events, line.values[row], Measure::events);
    }
    overview.sparkline.push_back(events);
  }
  const double work = all + evaluated;
  const double failed = std::max(sum(messages, is_failure), sum(load, is_failure));
  constexpr double kFailing = 0.01;
  const bool is_known = !connections.lines.empty() || !messages.lines.empty() || !evaluation.lines.empty();
  if (failed > 0 && failed >= kFailing * work) {
    overview.state = MilterState::failing;
  } else if (is_known) {
    overview.state = work > 0 ? MilterState::active : MilterState::silent;
  }
  return overview;
}

}  // namespace milter_manager::gui
