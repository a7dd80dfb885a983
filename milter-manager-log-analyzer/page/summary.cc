// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/archive/sums.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
using archive::Counts;
using archive::Kind;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr hours kWeek{7 * 24};

struct Rows {
  std::string safe_milter;
  Counts rows;
};
using RowsByKind = std::map<Kind, std::vector<Rows>>;

std::optional<Outcomes> outcomes(const Counts& rows, sys_seconds from, sys_seconds to) {
  if (!rows.sum({"pass"}, from, to)) return std::nullopt;
  Outcomes counts;
  const auto take = [&](std::initializer_list<std::string_view> sources, double& count) {
    count = rows.sum(sources, from, to).value_or(0);
    counts.all += count;
  };
  take({"pass", "accept"}, counts.accepted);
  take({"reject"}, counts.rejected);
  take({"temporary_failure"}, counts.deferred);
  take({"discard"}, counts.discarded);
  take({"quarantine"}, counts.quarantined);
  take({"abort"}, counts.aborted);
  return counts;
}

// A quarantined connection's own status is `pass`, and one that an error ended has no other.
std::optional<Outcomes> of_connections(const Counts& rows, bool of_milter, sys_seconds from, sys_seconds to) {
  auto counts = outcomes(rows, from, to);
  if (!counts) return counts;
  const double errors = rows.sum({"error"}, from, to).value_or(0);
  counts->aborted += errors;
  counts->all += errors;
  if (!of_milter) {
    counts->accepted = std::max(0.0, counts->accepted - counts->quarantined);
    counts->all = std::max(0.0, counts->all - counts->quarantined);
  }
  return counts;
}

std::optional<Trial> trial(const Counts& rows, sys_seconds from, sys_seconds to) {
  const auto counts = outcomes(rows, from, to);
  if (!counts) return std::nullopt;
  const auto sum = [&](std::string_view source) { return rows.sum({source}, from, to).value_or(0); };
  return Trial{counts->all,      counts->rejected + counts->discarded,
               counts->deferred, counts->quarantined,
               sum("rejected"),  sum("deferred")};
}

// What archives of milters have besides. Of connections an error is an end, and counted as such.
void add_milters_own(const Counts& rows, sys_seconds from, sys_seconds to, Outcomes& counts) {
  const auto sum = [&](std::string_view source) { return rows.sum({source}, from, to).value_or(0); };
  counts.asked = counts.all - counts.aborted;
  counts.stopped = sum("stop");
  counts.failed = sum("error");
}

const Rows* find(const RowsByKind& all, Kind kind, const std::string& safe_milter = {}) {
  const auto kinds = all.find(kind);
  if (kinds == all.end()) return nullptr;
  const auto found = std::find_if(kinds->second.begin(), kinds->second.end(),
                                  [&](const Rows& rows) { return rows.safe_milter == safe_milter; });
  return found == kinds->second.end() ? nullptr : &*found;
}

// The milters of any of the archives, in the order of their names.
std::vector<std::string> milters_of(const RowsByKind& all) {
  std::vector<std::string> milters;
  for (const auto& [kind, each] : all) {
    for (const Rows& rows : each) {
      if (!rows.safe_milter.empty()) milters.push_back(rows.safe_milter);
    }
  }
  std::sort(milters.begin(), milters.end());
  milters.erase(std::unique(milters.begin(), milters.end()), milters.end());
  return milters;
}

PeriodSummary summarise(const RowsByKind& all, std::string_view tag, sys_seconds from, sys_seconds to) {
  PeriodSummary period{tag, from, to, false, {}, {}, {}};
  if (const Rows* messages = find(all, Kind::manager_message)) {
    period.manager = outcomes(messages->rows, from, to);
    period.of_messages = period.manager.has_value();
  }
  if (const Rows* status = find(all, Kind::manager_status); status != nullptr && !period.manager)
    period.manager = of_connections(status->rows, false, from, to);
  if (const Rows* health = find(all, Kind::health))
    period.lost = health->rows.sum({"lost", "dropped"}, from, to);
  for (const std::string& milter : milters_of(all)) {
    MilterSummary summary{shown_name(milter), milter, {}, {}};
    const Rows* counted = find(all, period.of_messages ? Kind::milter_message : Kind::milter_status, milter);
    if (counted != nullptr) {
      summary.outcomes = period.of_messages ? outcomes(counted->rows, from, to)
                                            : of_connections(counted->rows, true, from, to);
      if (summary.outcomes) add_milters_own(counted->rows, from, to, *summary.outcomes);
    }
    if (const Rows* tried = find(all, Kind::milter_evaluation, milter))
      summary.trial = trial(tried->rows, from, to);
    period.milters.push_back(std::move(summary));
  }
  return period;
}

bool is_summed_up(Kind kind) {
  constexpr Kind kSummedUp[] = {Kind::manager_status, Kind::manager_message,   Kind::milter_status,
                                Kind::milter_message, Kind::milter_evaluation, Kind::health};
  return std::find(std::begin(kSummedUp), std::end(kSummedUp), kind) != std::end(kSummedUp);
}

}  // namespace

std::optional<sys_seconds> newest_end(const std::string& directory,
                                      const std::vector<ArchiveFile>& archives) {
  std::optional<sys_seconds> newest;
  for (const ArchiveFile& file : archives) {
    const auto archive =
        Archive::open(fmt::format("{}/{}", directory, file.file_name), archive::layout(file.what.kind));
    if (!archive) continue;
    const sys_seconds end = archive->last() + archive::Minute::duration(1);
    newest = std::max(newest.value_or(end), end);
  }
  return newest;
}

Summary read_summary(const std::string& directory, const std::vector<ArchiveFile>& archives, Present present,
                     std::vector<std::string>& failures) {
  const sys_seconds now = present.now;
  // A log that ended at midnight has no line of the day that begins there.
  const sys_seconds today = local_midnight(present.log_ended ? now - seconds(1) : now);
  // Days are not always 24 hours long, but always more than 22.
  const sys_seconds yesterday = local_midnight(today - hours(2));
  const sys_seconds week = now - kWeek;
  Summary summary;
  RowsByKind all;
  for (const ArchiveFile& file : archives) {
    const auto archive =
        Archive::open(fmt::format("{}/{}", directory, file.file_name), archive::layout(file.what.kind));
    if (!archive) continue;  // the gallery says so
    const sys_seconds end = archive->last() + archive::Minute::duration(1);
    summary.newest = std::max(summary.newest.value_or(end), end);
    if (!is_summed_up(file.what.kind)) continue;
    auto rows = Counts::read(*archive, std::min(week, yesterday), now);
    if (!rows) {
      failures.push_back(rows.error().message);
      continue;
    }
    all[file.what.kind].push_back({file.what.safe_milter, std::move(*rows)});
  }
  const sys_seconds newest = std::min(summary.newest.value_or(now), now);
  if (now - newest <= kFresh) summary.periods.push_back(summarise(all, "now", newest - kNow, newest));
  summary.periods.push_back(summarise(all, "today", today, now));
  summary.periods.push_back(summarise(all, "yesterday", yesterday, today));
  summary.periods.push_back(summarise(all, "week", week, now));
  return summary;
}

}  // namespace milter_manager::log_analyzer
