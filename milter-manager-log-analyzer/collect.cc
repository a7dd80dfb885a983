// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/collect.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "core/maillog/collector.h"
#include "core/maillog/journal_source.h"
#include "core/maillog/rotation.h"
#include "milter-manager-log-analyzer/archives_update.h"
#include "milter-manager-log-analyzer/counts_json.h"
#include "milter-manager-log-analyzer/progress.h"
#include "milter-manager-log-analyzer/read_state_file.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

void append(std::vector<std::string>&& from, std::vector<std::string>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void note_by_day(const maillog::LinesByDay& lines, std::string_view what, Outcome& outcome) {
  constexpr std::size_t kShown = 20;
  std::size_t shown = 0;
  for (const auto& [key, count] : lines.lines()) {
    if (++shown > kShown) {
      outcome.notes.push_back(fmt::format("… and so on: {} hosts and days in all", lines.lines().size()));
      return;
    }
    const auto& [host, day] = key;
    if (host.empty()) {
      outcome.notes.push_back(fmt::format("other hosts and days: {} {}", count, what));
      continue;
    }
    const std::string date = local_time(std::chrono::sys_seconds(std::chrono::seconds(day))).substr(0, 10);
    outcome.notes.push_back(fmt::format("host {} on {}: {} {}", maillog::printable(host), date, count, what));
  }
}

void note_what_was_not_understood(const maillog::Collector& collector, Outcome& outcome) {
  const maillog::LineCounts& counts = collector.stream().counts();
  if (counts.no_stamp + counts.unknown > 0) {
    outcome.notes.push_back(fmt::format(
        "{} lines are in no format that is known, {} statistics lines hold no event that is known",
        counts.no_stamp, counts.unknown));
    for (const maillog::Sample& sample : collector.stream().samples()) {
      outcome.notes.push_back(fmt::format("{}:{}: {}", sample.source, sample.line_number, sample.text));
    }
  }
  if (collector.records_of_surplus_milters() > 0) {
    outcome.failures.push_back(fmt::format("{} events of more than {} milters are not told apart",
                                           collector.records_of_surplus_milters(),
                                           maillog::Minutes::kMaximumMilters));
  }
}

void report(maillog::Collector& collector, Outcome& outcome) {
  maillog::CollectorReport& report = collector.report();
  append(std::move(report.notes), outcome.notes);
  append(std::move(report.gaps), outcome.failures);
  append(std::move(report.failures), outcome.failures);
  note_what_was_not_understood(collector, outcome);
  note_by_day(report.lost, "statistics lines were written that never reached the log", outcome);
  note_by_day(report.late, "events came after their minute was closed, and are not counted (--lateness)",
              outcome);
  note_by_day(report.future, "events are of the future, and are not counted", outcome);
}

// An archive that begins anew wants the whole log again, as far as it is still there.
maillog::ReadState state_to_begin_with(const Options& options, bool from_the_beginning, Outcome& outcome) {
  auto state = load_state(options.output_directory);
  if (!state) {
    outcome.failures.push_back(state.error().message + "; the logs are read from their beginnings");
    return {};
  }
  return from_the_beginning ? maillog::ReadState() : std::move(*state);
}

maillog::Collector::Settings collector_settings(const Options& options, std::chrono::sys_seconds now,
                                                ProgressBar& bar) {
  maillog::Collector::Settings settings;
  settings.program = options.program;
  settings.now = static_cast<double>(now.time_since_epoch().count());
  settings.lateness = static_cast<double>(options.lateness.count());
  settings.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.show(done, total); };
  return settings;
}

}  // namespace

void collect(const Options& options, std::chrono::sys_seconds now, Outcome& outcome) {
  const Stopwatch whole;
  UpdateReport prepared = prepare_archives(options.output_directory);
  append(std::move(prepared.notes), outcome.notes);
  const bool has_failed = !prepared.failures.empty();
  append(std::move(prepared.failures), outcome.failures);

  Spent storing;
  bool all_stored = true;
  maillog::SeriesTable for_json;
  maillog::Collector* reading = nullptr;
  const auto store = [&](maillog::SeriesTable&& rows, const maillog::LogClock& clock) {
    const Stopwatch watch;
    const auto first = reading->first_minute();
    UpdateReport updated = update_archives(options.output_directory, rows, first, archive_clock(clock));
    all_stored = all_stored && updated.failures.empty();
    append(std::move(updated.notes), outcome.notes);
    append(std::move(updated.failures), outcome.failures);
    if (options.json) {
      for (auto& [key, series] : rows) for_json[key].merge(series);
    }
    storing = storing + watch.elapsed();
  };
  {
    ProgressBar bar(::isatty(STDERR_FILENO) == 1);
    maillog::Collector collector(collector_settings(options, now, bar),
                                 state_to_begin_with(options, has_failed, outcome), store);
    reading = &collector;
    collector.read(maillog::expand_patterns(options.logs));
    if (options.journal) {
      auto done = maillog::read_journal(options.journal_directory, options.program, collector);
      if (!done) outcome.failures.push_back(done.error().message);
    }
    collector.close_minutes();
    report(collector, outcome);
    if (all_stored) {
      if (auto saved = save_state(options.output_directory, collector.state()); !saved) {
        outcome.failures.push_back(saved.error().message);
      }
    }
    if (options.json) outcome.output += counts_json(for_json, collector);
    outcome.phases.push_back({fmt::format("reading {} lines, {} bytes", collector.stream().counts().lines,
                                          collector.report().bytes),
                              whole.elapsed() - storing});
  }
  outcome.phases.push_back({"storing", storing});
}

}  // namespace milter_manager::log_analyzer
