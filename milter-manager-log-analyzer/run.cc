// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/run.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "core/maillog/installed_rules.h"
#include "milter-manager-log-analyzer/archives_update.h"
#include "milter-manager-log-analyzer/collect.h"
#include "milter-manager-log-analyzer/gallery.h"
#include "milter-manager-log-analyzer/page/page.h"
#include "milter-manager-log-analyzer/page/shown_milters.h"
#include "milter-manager-log-analyzer/read_state_file.h"
#include "milter-manager-log-analyzer/text.h"
#include "milter-manager-log-analyzer/textfile.h"

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::sys_seconds;

void append(std::vector<std::string>&& from, std::vector<std::string>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

sys_seconds wall_clock() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void write_totals(const Options& options, Outcome& outcome) {
  const auto state = load_state(options.output_directory);
  const auto written = state ? write_textfile(options.textfile, *state) : tl::unexpected(state.error());
  if (!written) outcome.failures.push_back(written.error().message);
}

// The page in every language.
void write_pages(const Options& options, const Page& page, Outcome& outcome) {
  for (const Language& language : languages()) {
    const std::string name = page_name(language.tag(), page.first_language);
    const auto written =
        replace_file(fmt::format("{}/{}", options.output_directory, name), render(page, language));
    if (!written) outcome.failures.push_back(written.error().message);
  }
}

std::vector<const Language*> languages_of(const std::vector<std::string>& tags) {
  std::vector<const Language*> all;
  for (const std::string& tag : tags) {
    for (const Language& language : languages()) {
      if (language.tag() == tag && std::find(all.begin(), all.end(), &language) == all.end())
        all.push_back(&language);
    }
  }
  return all;
}

void show(const Options& options, const maillog::ReportRules& rules, sys_seconds now, Outcome& outcome) {
  auto archives = list_archives(options.output_directory);
  if (!archives) {
    outcome.failures.push_back(archives.error().message);
    return;
  }
  Present present(now, options.complete);
  if (options.complete && !options.now)
    present.now = newest_end(options.output_directory, *archives).value_or(now);
  const Stopwatch reading;
  Page page;
  std::vector<std::string> failures;
  page.made = now;
  page.now = present.now;
  page.log_ended = options.complete;
  page.summary = read_summary(options.output_directory, *archives, present, failures);
  page.surplus_milters = keep_busiest(page.summary, *archives);
  // Where it can't be read the page is without hosts; who reads logs has been told.
  if (const auto state = load_state(options.output_directory)) page.hosts = hosts_of(*state);
  const Spent summing = reading.elapsed();
  const Stopwatch drawing;
  Gallery gallery =
      draw_gallery(options.output_directory, *archives, rules, present, languages_of(options.languages));
  append(std::move(failures), gallery.failures);
  outcome.phases.push_back({fmt::format("drawing {} pictures", gallery.drawn), drawing.elapsed()});
  const Stopwatch writing;
  page.gallery = &gallery;
  page.first_language = options.languages.front();
  write_pages(options, page, outcome);
  append(std::move(gallery.notes), outcome.notes);
  append(std::move(gallery.failures), outcome.failures);
  outcome.phases.push_back({"writing the page", summing + writing.elapsed()});
}

// Adds rows to old archives. That is all that such a run does.
void upgrade(const Options& options, sys_seconds now, archive::Daemon* daemon, Outcome& outcome) {
  BegunAnew damaged;
  UpdateReport prepared = prepare_archives(options.output_directory, now, daemon, damaged);
  append(std::move(prepared.notes), outcome.notes);
  append(std::move(prepared.failures), outcome.failures);
  UpdateReport upgraded = upgrade_archives(options.output_directory, damaged);
  for (const std::string& line : upgraded.notes) outcome.output += line + "\n";
  append(std::move(upgraded.failures), outcome.failures);
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
  const auto rules = maillog::load_rules(options.report_rules);
  if (!rules) {
    outcome.failures.push_back(rules.error().message);
    return outcome;
  }
  std::unique_ptr<archive::Daemon> daemon;
  if (!options.rrdcached.empty()) {
    auto connected = archive::Daemon::connect(options.rrdcached);
    if (!connected) {
      // It may have updates that the files have not: this is no time to write past it.
      outcome.failures.push_back(connected.error().message + "; nothing was done");
      return outcome;
    }
    daemon = std::move(*connected);
  }
  const sys_seconds now = options.now.value_or(wall_clock());
  if (options.upgrade) {
    upgrade(options, now, daemon.get(), outcome);
    return outcome;
  }
  if (options.update_archives) {
    collect(options, *rules, now, daemon.get(), outcome);
  } else if (daemon) {
    append(flush_archives(options.output_directory, *daemon), outcome.failures);
  }
  if (!options.textfile.empty()) write_totals(options, outcome);
  if (options.draw) {
    show(options, *rules, now, outcome);
  }
  // Several steps may have met the same trouble.
  auto& failures = outcome.failures;
  for (auto one = failures.begin(); one != failures.end(); ++one) {
    failures.erase(std::remove(std::next(one), failures.end(), *one), failures.end());
  }
  return outcome;
}

}  // namespace milter_manager::log_analyzer
