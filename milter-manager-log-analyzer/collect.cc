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
#include "milter-manager-log-analyzer/late_events.h"
#include "milter-manager-log-analyzer/openmetrics.h"
#include "milter-manager-log-analyzer/progress.h"
#include "milter-manager-log-analyzer/read_state_file.h"
#include "milter-manager-log-analyzer/refill.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

void append(std::vector<std::string>&& from, std::vector<std::string>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
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

void note_milters_without_archives(const ArchivedMilters& milters, Outcome& outcome) {
  if (milters.left_out() == 0) return;
  outcome.failures.push_back(
      fmt::format("{} milters get no archives, since {} have some: if their names are right, and not forged "
                  "by who can write to the "
                  "log, remove the archives of milters that are gone",
                  milters.left_out(), ArchivedMilters::kMaximum));
}

// Of a log that is read for the first time; in any later one there may have been no mail.
void note_without_events(const Options& options, const maillog::Collector& collector, Outcome& outcome) {
  const maillog::LineCounts& counts = collector.stream().counts();
  if (counts.lines == 0 || counts.events > 0) return;
  outcome.notes.push_back(
      fmt::format("none of {} lines is a statistics line of {}: is it the right log, and the program's name "
                  "(--program)? --explain tells how a line is read",
                  counts.lines, maillog::printable(options.program)));
}

void report(maillog::Collector& collector, Outcome& outcome) {
  maillog::CollectorReport& report = collector.report();
  append(std::move(report.notes), outcome.notes);
  append(std::move(report.gaps), outcome.failures);
  append(std::move(report.failures), outcome.failures);
  note_what_was_not_understood(collector, outcome);
  note_by_day(report.lost, "statistics lines were written that never reached the log", outcome);
  note_by_day(report.future, "events are of the future, and are not counted", outcome);
}

maillog::ReadState state_to_begin_with(const Options& options, Outcome& outcome) {
  auto state = load_state(options.output_directory);
  if (state) return std::move(*state);
  outcome.failures.push_back(state.error().message + "; the logs are read from their beginnings");
  return {};
}

maillog::Collector::Settings collector_settings(const Options& options, const maillog::ReportRules& rules,
                                                std::chrono::sys_seconds now, ProgressBar& bar) {
  maillog::Collector::Settings settings;
  settings.program = options.program;
  settings.rules = &rules;
  settings.now = static_cast<double>(now.time_since_epoch().count());
  settings.lateness = static_cast<double>(options.lateness.count());
  settings.complete = options.complete;
  settings.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.show(done, total); };
  return settings;
}

// The rows of a run on their way to --openmetrics; does nothing where that is not wanted.
class Export {
 public:
  explicit Export(const Options& options) : path_(options.openmetrics) {
    if (!path_.empty()) spool_ = RowSpool::create(options.output_directory);
  }
  void begin(const maillog::SeriesTotals& before) { before_ = before; }
  void add(const maillog::SeriesTable& rows) {
    if (path_.empty() || !spool_) return;
    if (auto added = spool_->add(rows); !added) spool_ = tl::unexpected(added.error());
  }
  Result<void> finish() {
    if (path_.empty()) return {};
    if (!spool_) return tl::unexpected(spool_.error());
    return write_openmetrics(path_, *spool_, before_);
  }

 private:
  std::string path_;
  Result<RowSpool> spool_ = failure("");
  maillog::SeriesTotals before_;
};

}  // namespace

void collect(const Options& options, const maillog::ReportRules& rules, std::chrono::sys_seconds now,
             archive::Daemon* daemon, Outcome& outcome) {
  const Stopwatch whole;
  BegunAnew anew;
  UpdateReport prepared = prepare_archives(options.output_directory, now, daemon, anew);
  append(std::move(prepared.notes), outcome.notes);
  append(std::move(prepared.failures), outcome.failures);
  archive::DirectoryUpdate update(options.output_directory, daemon);
  auto milters = ArchivedMilters::of(options.output_directory);
  if (!milters) {
    outcome.failures.push_back(milters.error().message);
    return;
  }

  Spent storing;
  bool all_stored = true;
  maillog::SeriesTable for_json;
  maillog::Collector* reading = nullptr;
  Export exported(options);
  const auto store = [&](maillog::SeriesTable&& rows, const maillog::LogClock& clock) {
    const Stopwatch watch;
    const auto first = reading->first_minute();
    UpdateReport updated =
        update_archives(update, options.output_directory, rows, first, anew, archive_clock(clock), *milters);
    all_stored = all_stored && updated.failures.empty();
    exported.add(rows);
    append(std::move(updated.notes), outcome.notes);
    append(std::move(updated.failures), outcome.failures);
    if (options.json) {
      for (auto& [key, series] : rows) for_json[key].merge(series);
    }
    storing = storing + watch.elapsed();
  };
  {
    ProgressBar bar(::isatty(STDERR_FILENO) == 1);
    maillog::ReadState state = state_to_begin_with(options, outcome);
    all_stored = refill(options, rules, now, state, anew, update, outcome);
    const LateEvents late(state, now);
    const bool is_first = state.files.empty() && state.journal_cursor.empty();
    exported.begin(state.totals);
    maillog::Collector collector(collector_settings(options, rules, now, bar), std::move(state), store);
    reading = &collector;
    collector.read(maillog::expand_patterns(options.logs));
    if (options.journal) {
      auto done = maillog::read_journal(options.journal_directory, options.program, collector);
      if (!done) outcome.failures.push_back(done.error().message);
    }
    collector.close_minutes();
    report(collector, outcome);
    note_milters_without_archives(*milters, outcome);
    if (is_first) note_without_events(options, collector, outcome);
    late.report(collector, outcome);
    const Stopwatch watch;
    if (auto written = exported.finish(); !written) {
      outcome.failures.push_back(written.error().message);
      all_stored = false;
    }
    auto left = update.commit();
    all_stored = all_stored && left.empty();
    append(std::move(left), outcome.failures);
    if (all_stored) {
      if (auto saved = save_state(options.output_directory, collector.state()); !saved) {
        outcome.failures.push_back(saved.error().message);
      }
    }
    storing = storing + watch.elapsed();
    if (options.json) outcome.output += counts_json(for_json, collector);
    outcome.phases.push_back({fmt::format("reading {} lines, {} bytes", collector.stream().counts().lines,
                                          collector.report().bytes),
                              whole.elapsed() - storing});
  }
  outcome.phases.push_back({"storing", storing});
}

}  // namespace milter_manager::log_analyzer
