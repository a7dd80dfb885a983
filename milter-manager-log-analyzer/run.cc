// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/run.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <iterator>

#include "milter-manager-log-analyzer/collect.h"
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

Spent Stopwatch::now() {
  const auto read = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  return {read(CLOCK_MONOTONIC), read(CLOCK_PROCESS_CPUTIME_ID)};
}

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
  if (options.update_archives) collect(options, now, outcome);
  if (options.draw) {
    const Stopwatch watch;
    show(options, now, outcome);
    outcome.phases.push_back({"drawing", watch.elapsed()});
  }
  // Several steps may have met the same trouble.
  auto& failures = outcome.failures;
  for (auto one = failures.begin(); one != failures.end(); ++one) {
    failures.erase(std::remove(std::next(one), failures.end(), *one), failures.end());
  }
  return outcome;
}

}  // namespace milter_manager::log_analyzer
