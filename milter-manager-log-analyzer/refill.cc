// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/refill.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "core/maillog/collector.h"
#include "core/maillog/journal_source.h"
#include "core/maillog/rotation.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr std::int64_t kMinute = 60;

std::vector<std::string> logs_and_rotated(const Options& options) {
  std::set<std::string> paths;
  for (std::string& path : maillog::expand_patterns(options.logs)) {
    if (path == "-") continue;
    const auto rotated = maillog::rotated_logs(path);
    paths.insert(rotated.begin(), rotated.end());
    paths.insert(std::move(path));
  }
  return {paths.begin(), paths.end()};
}

// The rows of series that begin anew, up to the last minute that was stored before.
maillog::SeriesTable wanted_rows(maillog::SeriesTable&& rows, const BegunAnew& anew, std::int64_t closed) {
  maillog::SeriesTable wanted;
  for (auto& [key, series] : rows) {
    const auto kind = archive_kind(key.kind);
    if (!kind || anew.count(archive::file_name(*kind, key.milter, key.report_key)) == 0) continue;
    series.erase(series.upper_bound(closed), series.end());
    if (!series.empty()) wanted.emplace(key, std::move(series));
  }
  return wanted;
}

}  // namespace

bool refill(const Options& options, const maillog::ReportRules& rules, std::chrono::sys_seconds now,
            const maillog::ReadState& state, BegunAnew& anew, archive::DirectoryUpdate& update,
            Outcome& outcome) {
  for (const auto& [name, first] : anew) update.begin_anew(name);
  if (anew.empty() || !state.closed) return true;
  const std::int64_t closed = *state.closed;

  maillog::Collector::Settings settings;
  settings.program = options.program;
  settings.rules = &rules;
  settings.now = static_cast<double>(now.time_since_epoch().count());
  settings.lateness = static_cast<double>(options.lateness.count());
  settings.complete = options.complete;
  const maillog::Collector* reading = nullptr;
  std::optional<std::int64_t> first;
  bool all_stored = true;
  auto milters = ArchivedMilters::of(options.output_directory);
  if (!milters) {
    outcome.failures.push_back(milters.error().message);
    return false;
  }
  const auto store = [&](maillog::SeriesTable&& rows, const maillog::LogClock& clock) {
    if (!first) first = reading->first_minute();
    for (auto& [name, begin] : anew) begin = first;
    const maillog::LogClock until{std::min(clock.closed, closed), std::min(clock.alive, closed)};
    UpdateReport updated =
        update_archives(update, options.output_directory, wanted_rows(std::move(rows), anew, closed), first,
                        anew, archive_clock(until), *milters);
    all_stored = all_stored && updated.failures.empty();
    outcome.failures.insert(outcome.failures.end(), std::make_move_iterator(updated.failures.begin()),
                            std::make_move_iterator(updated.failures.end()));
  };
  maillog::Collector collector(std::move(settings), {}, store);
  reading = &collector;
  collector.read(logs_and_rotated(options));
  if (options.journal) {
    if (auto done = maillog::read_journal(options.journal_directory, options.program, collector); !done) {
      outcome.failures.push_back(done.error().message);
    }
  }
  collector.close_minutes();
  // Before that, nothing is known.
  const std::int64_t next = closed + kMinute;
  for (auto& [name, begin] : anew) begin = std::min(begin.value_or(next), next);
  return all_stored;
}

}  // namespace milter_manager::log_analyzer
