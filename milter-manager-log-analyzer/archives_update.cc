// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/archives_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>

#include "core/archive/migration.h"
#include "milter-manager-log-analyzer/output_directory.h"

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
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

Result<void> store(const std::string& path, const archive::Layout& layout, const maillog::Series& series,
                   Minute first, LogClock clock) {
  const auto rows = rows_of(series, layout.sources.size());
  std::error_code ignored;
  auto archive = std::filesystem::exists(path, ignored) ? Archive::open(path, layout)
                                                        : Archive::create(path, layout, first);
  if (!archive) return tl::unexpected(archive.error());
  auto stored = archive->update(rows, clock.alive);
  if (!stored) return tl::unexpected(stored.error());
  return {};
}

Result<void> fill(const std::string& path, const archive::Layout& layout, Minute through) {
  auto archive = Archive::open(path, layout);
  if (!archive) return tl::unexpected(archive.error());
  auto stored = archive->update({}, through);
  if (!stored) return tl::unexpected(stored.error());
  return {};
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
      return std::nullopt;
    case maillog::Kind::milter_key:
      return std::nullopt;
  }
  return std::nullopt;
}

UpdateReport prepare_archives(const std::string& directory) {
  UpdateReport report;
  auto renamed = archive::rename_old_archives(directory);
  if (renamed) {
    report.notes = std::move(*renamed);
  } else {
    report.failures.push_back(renamed.error().message);
  }
  const auto files = list_archives(directory);
  if (!files) {
    report.failures.push_back(files.error().message);
    return report;
  }
  for (const ArchiveFile& file : *files) {
    auto prepared =
        archive::prepare(fmt::format("{}/{}", directory, file.file_name), archive::layout(file.what.kind));
    if (!prepared) {
      report.failures.push_back(prepared.error().message);
      continue;
    }
    auto& where = prepared->readiness == archive::Readiness::set_aside ? report.failures : report.notes;
    where.insert(where.end(), std::make_move_iterator(prepared->changes.begin()),
                 std::make_move_iterator(prepared->changes.end()));
  }
  return report;
}

UpdateReport update_archives(const std::string& directory, const maillog::SeriesTable& complete,
                             std::optional<std::int64_t> first, LogClock clock) {
  UpdateReport report;
  const auto take = [&](const Result<void>& done) {
    if (!done) report.failures.push_back(done.error().message);
  };
  std::set<std::string> updated;
  for (const auto& [key, series] : complete) {
    const auto kind = archive_kind(key.kind);
    if (!kind || series.empty()) continue;
    std::string name = archive::file_name(*kind, key.milter);
    take(store(fmt::format("{}/{}", directory, name), archive::layout(*kind), series,
               minute_of(first.value_or(series.begin()->first)), clock));
    updated.insert(std::move(name));
  }
  const auto files = list_archives(directory);
  if (!files) {
    report.failures.push_back(files.error().message);
    return report;
  }
  for (const ArchiveFile& file : *files) {
    if (updated.count(file.file_name) > 0) continue;
    take(fill(fmt::format("{}/{}", directory, file.file_name), archive::layout(file.what.kind), clock.alive));
  }
  return report;
}

}  // namespace milter_manager::log_analyzer
