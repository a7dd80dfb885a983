// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/archives_update.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <set>

#include "core/archive/migration.h"
#include "core/archive/upgrade.h"
#include "core/archive/working_copy.h"
#include "milter-manager-log-analyzer/output_directory.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using archive::Minute;

Minute minute_of(std::int64_t second) {
  return std::chrono::floor<std::chrono::minutes>(std::chrono::sys_seconds(std::chrono::seconds(second)));
}

std::vector<archive::Row> rows_of(const maillog::Series& series, std::size_t fields) {
  std::vector<archive::Row> rows;
  rows.reserve(series.size());
  for (const auto& [second, values] : series) {
    rows.push_back(
        {minute_of(second), {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(fields)}});
  }
  return rows;
}

// A wrong clock has been here: an archive takes no minute that is before its newest.
std::optional<std::string> tell_of_future(const std::string& path, const archive::Layout& layout,
                                          std::chrono::sys_seconds now) {
  const auto archive = archive::Archive::open(path, layout);
  if (!archive || archive->last() <= now + std::chrono::hours(1)) return std::nullopt;
  return fmt::format(
      "{} holds minutes up to {}, and takes no earlier ones: if the clock was wrong then, and is right now, "
      "move it away "
      "and let it begin anew",
      path, local_time(archive->last()));
}

}  // namespace

std::optional<archive::Kind> archive_kind(maillog::Kind kind) {
  switch (kind) {
    case maillog::Kind::session:
      return archive::Kind::session;
    case maillog::Kind::manager_status:
      return archive::Kind::manager_status;
    case maillog::Kind::manager_report:
      return archive::Kind::manager_report;
    case maillog::Kind::milter_status:
      return archive::Kind::milter_status;
    case maillog::Kind::milter_report:
      return archive::Kind::milter_report;
    case maillog::Kind::message:
      return archive::Kind::manager_message;
    case maillog::Kind::milter_message:
      return archive::Kind::milter_message;
    case maillog::Kind::milter_evaluation:
      return archive::Kind::milter_evaluation;
    case maillog::Kind::milter_load:
      return archive::Kind::milter_load;
    case maillog::Kind::milter_greylist:
      return archive::Kind::milter_greylist;
    case maillog::Kind::health:
      return archive::Kind::health;
    case maillog::Kind::manager_key:
      return archive::Kind::manager_key;
    case maillog::Kind::milter_key:
      return archive::Kind::milter_key;
  }
  return std::nullopt;
}

UpdateReport prepare_archives(const std::string& directory, std::chrono::sys_seconds now,
                              archive::Daemon* daemon, BegunAnew& damaged) {
  UpdateReport report;
  const auto fail = [&](const Error& error) { report.failures.push_back(error.message); };
  if (const auto removed = archive::remove_leftovers(directory); !removed) fail(removed.error());
  if (auto renamed = archive::rename_old_archives(directory); renamed) {
    report.notes = std::move(*renamed);
  } else {
    fail(renamed.error());
  }
  const auto files = list_archives(directory);
  if (!files) {
    fail(files.error());
    return report;
  }
  for (const ArchiveFile& file : *files) {
    const std::string path = fmt::format("{}/{}", directory, file.file_name);
    if (daemon != nullptr) {
      if (const auto flushed = daemon->flush(path); !flushed) fail(flushed.error());
    }
    auto prepared = archive::prepare(path, archive::layout(file.what.kind));
    if (!prepared) {
      fail(prepared.error());
      continue;
    }
    const bool is_damaged = prepared->readiness == archive::Readiness::damaged;
    if (is_damaged) {
      damaged.emplace(file.file_name, std::nullopt);
    } else if (auto ahead = tell_of_future(path, archive::layout(file.what.kind), now); ahead) {
      report.failures.push_back(std::move(*ahead));
    }
    auto& where = is_damaged ? report.failures : report.notes;
    where.insert(where.end(), std::make_move_iterator(prepared->changes.begin()),
                 std::make_move_iterator(prepared->changes.end()));
  }
  return report;
}

UpdateReport update_archives(archive::DirectoryUpdate& update, const std::string& directory,
                             const maillog::SeriesTable& complete, std::optional<std::int64_t> first,
                             const BegunAnew& anew, LogClock clock, ArchivedMilters& milters) {
  UpdateReport report;
  milters.take_up(complete);
  const auto take = [&](const Result<void>& done) {
    if (!done) report.failures.push_back(done.error().message);
  };
  std::set<std::string> updated;
  for (const auto& [key, series] : complete) {
    const auto kind = archive_kind(key.kind);
    if (!kind || series.empty() || (!key.milter.empty() && !milters.has(key.milter))) continue;
    std::string name = archive::file_name(*kind, key.milter, key.report_key);
    const archive::Layout& layout = archive::layout(*kind);
    std::int64_t begin = first.value_or(series.begin()->first);
    if (const auto damaged = anew.find(name); damaged != anew.end()) begin = damaged->second.value_or(begin);
    take(update.store(name, layout, rows_of(series, layout.sources.size()), minute_of(begin), clock.alive));
    updated.insert(std::move(name));
  }
  const auto files = list_archives(directory);
  if (!files) {
    report.failures.push_back(files.error().message);
    return report;
  }
  for (const ArchiveFile& file : *files) {
    if (updated.count(file.file_name) > 0) continue;
    take(update.store(file.file_name, archive::layout(file.what.kind), {}, {}, clock.alive));
  }
  return report;
}

UpdateReport upgrade_archives(const std::string& directory, const BegunAnew& damaged) {
  UpdateReport report;
  const auto files = list_archives(directory);
  if (!files) {
    report.failures.push_back(files.error().message);
    return report;
  }
  if (files->empty()) report.failures.push_back(fmt::format("there are no archives in {}", directory));
  for (const ArchiveFile& file : *files) {
    if (damaged.count(file.file_name) > 0) continue;
    const auto added = archive::add_missing_rows(fmt::format("{}/{}", directory, file.file_name),
                                                 archive::layout(file.what.kind));
    if (!added) {
      report.failures.push_back(added.error().message);
    } else if (added->empty()) {
      report.notes.push_back(fmt::format("{}: has minutes and days already", file.file_name));
    } else {
      report.notes.push_back(fmt::format("{}: added {}", file.file_name, fmt::join(*added, ", ")));
    }
  }
  return report;
}

std::vector<std::string> flush_archives(const std::string& directory, archive::Daemon& daemon) {
  std::vector<std::string> failures;
  const auto files = list_archives(directory);
  if (!files) return {files.error().message};
  for (const ArchiveFile& file : *files) {
    const auto flushed = daemon.flush(fmt::format("{}/{}", directory, file.file_name));
    if (!flushed) failures.push_back(flushed.error().message);
  }
  return failures;
}

}  // namespace milter_manager::log_analyzer
