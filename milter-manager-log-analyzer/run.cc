// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/maillog/byte_source.h"
#include "core/maillog/minutes.h"
#include "core/maillog/stream.h"
#include "milter-manager-log-analyzer/archives_update.h"
#include "milter-manager-log-analyzer/gallery.h"
#include "milter-manager-log-analyzer/page.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
using std::chrono::sys_seconds;

void append(std::vector<std::string>&& from, std::vector<std::string>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

sys_seconds wall_clock() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void note_what_was_not_understood(const maillog::Stream& stream, const maillog::Minutes& minutes,
                                  Outcome& outcome) {
  const maillog::LineCounts& counts = stream.counts();
  if (counts.no_stamp + counts.unknown > 0) {
    outcome.notes.push_back(fmt::format(
        "{} lines are in no format that is known, {} statistics lines hold no event that is known",
        counts.no_stamp, counts.unknown));
    for (const maillog::Sample& sample : stream.samples()) {
      outcome.notes.push_back(fmt::format("{}:{}: {}", sample.source, sample.line_number, sample.text));
    }
  }
  if (minutes.records_of_surplus_milters() > 0) {
    outcome.failures.push_back(fmt::format("{} events of more than {} milters are not told apart",
                                           minutes.records_of_surplus_milters(),
                                           maillog::Minutes::kMaximumMilters));
  }
}

void update(const Options& options, sys_seconds now, Outcome& outcome) {
  UpdateReport prepared = prepare_archives(options.output_directory);
  append(std::move(prepared.notes), outcome.notes);
  append(std::move(prepared.failures), outcome.failures);

  maillog::Minutes minutes;
  maillog::Stream::Settings settings;
  settings.program = options.program;
  settings.now = static_cast<double>(now.time_since_epoch().count());
  maillog::Stream stream(settings, [&](const maillog::Record& record) { minutes.add(record); });
  for (const std::string& path : options.logs) {
    auto source = maillog::open_log(path);
    if (!source) {
      outcome.failures.push_back(source.error().message);
      continue;
    }
    if (auto read = stream.read(**source, path); !read) outcome.failures.push_back(read.error().message);
  }
  note_what_was_not_understood(stream, minutes, outcome);

  const auto clock = read_clock(stream.hosts(), now);
  if (!clock) return;
  const std::chrono::sys_seconds end = clock->closed + std::chrono::minutes(1);
  const auto complete = minutes.take_before(end.time_since_epoch().count());
  UpdateReport updated = update_archives(options.output_directory, complete, *clock);
  append(std::move(updated.notes), outcome.notes);
  append(std::move(updated.failures), outcome.failures);
}

// The newest minute of any archive, and the counts of the status archives.
void read_summary(const Options& options, const std::vector<ArchiveFile>& archives, Page& page,
                  Outcome& outcome) {
  const sys_seconds today = local_midnight(page.now);
  const sys_seconds week = page.now - std::chrono::hours(7 * 24);
  for (const ArchiveFile& file : archives) {
    const auto archive = Archive::open(fmt::format("{}/{}", options.output_directory, file.file_name),
                                       archive::layout(file.what.kind));
    if (!archive) continue;  // the gallery says so
    const sys_seconds last = archive->last();
    if (!page.newest || last > *page.newest) page.newest = last;
    const bool is_status =
        file.what.kind == archive::Kind::manager_status || file.what.kind == archive::Kind::milter_status;
    if (!is_status) continue;
    const auto of_today = count_sessions(*archive, today, page.now);
    const auto of_week = count_sessions(*archive, week, page.now);
    if (!of_today || !of_week) {
      outcome.failures.push_back((of_today ? of_week : of_today).error().message);
      continue;
    }
    page.rows.push_back({shown_name(file.what.safe_milter), *of_today, *of_week});
  }
}

void show(const Options& options, sys_seconds now, Outcome& outcome) {
  const auto archives = list_archives(options.output_directory);
  if (!archives) {
    outcome.failures.push_back(archives.error().message);
    return;
  }
  Gallery gallery = draw_gallery(options.output_directory, *archives, now);
  append(std::move(gallery.failures), outcome.failures);
  Page page;
  page.now = now;
  page.gallery = &gallery;
  read_summary(options, *archives, page, outcome);
  const auto written = replace_file(fmt::format("{}/index.html", options.output_directory), render(page));
  if (!written) outcome.failures.push_back(written.error().message);
}

}  // namespace

Outcome run(const Options& options) {
  Outcome outcome;
  if (auto made = make_directory(options.output_directory); !made) {
    outcome.failures.push_back(made.error().message);
    return outcome;
  }
  const auto lock = DirectoryLock::take(options.output_directory);
  if (!lock) {
    outcome.failures.push_back(lock.error().message);
    return outcome;
  }
  const sys_seconds now = options.now.value_or(wall_clock());
  if (options.update_archives) update(options, now, outcome);
  if (options.draw) show(options, now, outcome);
  // Several steps may have met the same trouble.
  auto& failures = outcome.failures;
  for (auto one = failures.begin(); one != failures.end(); ++one) {
    failures.erase(std::remove(std::next(one), failures.end(), *one), failures.end());
  }
  return outcome;
}

}  // namespace milter_manager::log_analyzer
