// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/archive_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <system_error>
#include <tuple>

#include "core/archive/archive.h"
#include "gui/model/series.h"

namespace milter_manager::gui {
namespace {

using archive::Archive;
using archive::Kind;
using std::chrono::sys_seconds;

constexpr std::chrono::seconds kMinute{60};

std::string path_of(const ArchiveFolder& folder, const archive::FileName& name) {
  return fmt::format("{}/{}.rrd", folder.path, archive::stem(name));
}

std::string milter_of(const archive::FileName& name) {
  return archive::original_name(name.safe_milter).value_or(name.safe_milter);
}

// What the folder itself holds; folders in it are told to `folders`.
Result<ArchiveFolder> list(const std::string& path, std::vector<std::string>* folders) {
  ArchiveFolder folder;
  folder.path = path;
  std::error_code error;
  std::filesystem::directory_iterator file(path, error);
  for (; !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    std::string name = file->path().filename().string();
    std::error_code unknown;
    if (folders != nullptr && file->is_directory(unknown)) folders->push_back(name);
    if (auto archive = archive::parse_file_name(name); archive && folder.archives.size() < kMaximumArchives)
      folder.archives.push_back(std::move(*archive));
  }
  if (error) return failure(fmt::format("{}: the folder cannot be read: {}", path, error.message()));
  std::sort(folder.archives.begin(), folder.archives.end(), [](const auto& a, const auto& b) {
    return std::tie(a.kind, a.safe_milter, a.key) < std::tie(b.kind, b.safe_milter, b.key);
  });
  return folder;
}

// The rows of one archive as lines.
Result<ChartData> read(const ArchiveFolder& folder, const archive::FileName& name, const ChartQuery& query) {
  const archive::Layout& layout = archive::layout(name.kind);
  const auto opened = Archive::open(path_of(folder, name), layout);
  if (!opened) return tl::unexpected(opened.error());
  const std::int64_t most_rows = std::max<std::int64_t>(2 * std::int64_t{query.columns}, 2);
  const auto resolution = std::max(kMinute, std::chrono::seconds(query.period.length().count() / most_rows));
  const auto table =
      opened->fetch(query.peaks ? archive::Consolidation::maximum : archive::Consolidation::average,
                    query.period.from, query.period.to, resolution);
  if (!table) return tl::unexpected(table.error());
  ChartData chart{.kind = query.kind, .milter = query.milter, .period = query.period};
  chart.step = table->step;
  // An archive's time is that of the last minute of a row.
  chart.first = table->first + kMinute - table->step;
  chart.lines = lines_of(query.kind, layout, table->rows());
  for (std::size_t source = 0; source < layout.sources.size(); ++source) {
    const auto found = std::find(table->sources.begin(), table->sources.end(), layout.sources[source]);
    if (found == table->sources.end()) continue;
    const auto column = static_cast<std::size_t>(found - table->sources.begin());
    for (std::size_t row = 0; row < table->rows(); ++row) {
      if (const double value = table->at(row, column); archive::is_count(value))
        chart.lines[source].values[row] = value;
    }
  }
  if (!name.key.empty() && !chart.lines.empty()) chart.lines.front().key = name.key;
  return chart;
}

// The chart of one folder, hosts aside.
ChartData chart_of_one(const ArchiveFolder& folder, const ChartQuery& query,
                       const IsCancelled& is_cancelled) {
  ChartData chart{.kind = query.kind, .milter = query.milter, .period = query.period};
  const auto kind = archive_kind(query.kind, !query.milter.empty());
  const Kind of_keys = query.milter.empty() ? Kind::manager_key : Kind::milter_key;
  for (const archive::FileName& name : folder.archives) {
    const bool is_of_key = query.kind == ChartKind::report && name.kind == of_keys;
    if ((name.kind != kind && !is_of_key) || milter_of(name) != query.milter) continue;
    if (is_cancelled()) break;
    auto part = read(folder, name, query);
    if (part) {
      add(chart, *part);
    } else {
      chart.failures.push_back(part.error().message);
    }
  }
  return chart;
}

void add_names(const ArchiveFolder& folder, std::set<std::string>& names) {
  for (const archive::FileName& name : folder.archives) {
    if (!name.safe_milter.empty()) names.insert(milter_of(name));
  }
}

// Widens `contents` to what one archive holds.
void add_span(const Archive& archive, Contents& contents) {
  contents.newest = std::max<sys_seconds>(contents.newest.value_or(sys_seconds()), archive.last() + kMinute);
  constexpr std::chrono::hours kDay(24);
  constexpr std::chrono::hours kLongest = 3650 * kDay;
  const auto days = archive.fetch(archive::Consolidation::average, sys_seconds(archive.last()) - kLongest,
                                  archive.last(), kDay);
  if (!days) return;
  for (std::size_t row = 0; row < days->rows(); ++row) {
    for (std::size_t source = 0; source < days->sources.size(); ++source) {
      if (!archive::is_count(days->at(row, source))) continue;
      const sys_seconds begin = days->time(row) + kMinute - days->step;
      contents.first = std::min(contents.first.value_or(begin), begin);
      return;
    }
  }
}

// Of the manager's archives, or else of the first ones that can be read.
void add_span(const ArchiveFolder& folder, Contents& contents) {
  bool is_known = false;
  for (const archive::FileName& name : folder.archives) {
    const bool is_manager = name.kind == Kind::manager_status || name.kind == Kind::manager_message;
    if (is_known && !is_manager) continue;
    const auto opened = Archive::open(path_of(folder, name), archive::layout(name.kind));
    if (!opened) {
      contents.failures.push_back(opened.error().message);
      continue;
    }
    add_span(*opened, contents);
    is_known = true;
  }
  // A new archive begins in the middle of a day, which it has no row of yet.
  if (contents.newest && !contents.first) contents.first = *contents.newest - std::chrono::hours(48);
}

}  // namespace

const ArchiveFolder* ArchiveFolder::of_host(const std::string& host) const {
  if (host.empty()) return this;
  const auto found = hosts.find(host);
  return found != hosts.end() ? &found->second : nullptr;
}

Result<ArchiveFolder> list_archives(const std::string& path) {
  std::vector<std::string> names;
  auto folder = list(path, &names);
  if (!folder) return folder;
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (folder->hosts.size() >= kMaximumHosts) break;
    // Other folders have a right to be here, and to be unreadable.
    auto host = list(path + "/" + name, nullptr);
    if (host && !host->archives.empty()) folder->hosts.emplace(name, std::move(*host));
  }
  if (folder->archives.empty() && folder->hosts.empty())
    return failure(
        fmt::format("{}: there is no archive of milter-manager-log-analyzer in this folder", path));
  return folder;
}

Contents contents_of(const ArchiveFolder& folder, const IsCancelled& is_cancelled) {
  Contents contents;
  std::set<std::string> milters;
  add_names(folder, milters);
  add_span(folder, contents);
  for (const auto& [name, host] : folder.hosts) {
    if (is_cancelled()) break;
    contents.hosts.push_back(name);
    add_names(host, milters);
    add_span(host, contents);
  }
  contents.milters.assign(milters.begin(), milters.end());
  return contents;
}

Result<ChartData> chart_of(const ArchiveFolder& folder, const ChartQuery& query,
                           const IsCancelled& is_cancelled) {
  const ArchiveFolder* meant = folder.of_host(query.host);
  if (meant == nullptr)
    return failure(fmt::format("{}: there is no host {} any more", folder.path, query.host));
  if (query.period.to <= query.period.from) return failure("The period ends before it begins.");
  ChartData chart = chart_of_one(*meant, query, is_cancelled);
  if (!meant->archives.empty()) return chart;
  for (const auto& [name, host] : meant->hosts) add(chart, chart_of_one(host, query, is_cancelled));
  return chart;
}

Result<Overview> overview_of(const ArchiveFolder& folder, const std::string& host, const Period& period,
                             const IsCancelled& is_cancelled) {
  Overview overview{.period = period};
  const ArchiveFolder* meant = folder.of_host(host);
  if (meant == nullptr) return failure(fmt::format("{}: there is no host {} any more", folder.path, host));
  std::set<std::string> milters{""};
  add_names(*meant, milters);
  for (const auto& [name, other] : meant->hosts) add_names(other, milters);
  std::set<std::string> failures;
  for (const std::string& milter : milters) {
    const auto chart = [&](ChartKind kind) {
      constexpr std::uint32_t kColumns = 40;
      auto found = chart_of(folder, {kind, host, milter, period, kColumns, false}, is_cancelled);
      if (!found) return ChartData();
      failures.insert(found->failures.begin(), found->failures.end());
      return std::move(*found);
    };
    if (is_cancelled()) break;
    MilterOverview row = overview_of(chart(ChartKind::status), chart(ChartKind::message),
                                     chart(ChartKind::load), chart(ChartKind::evaluation));
    row.name = milter;
    if (milter.empty()) {
      overview.manager = std::move(row);
    } else {
      overview.milters.push_back(std::move(row));
    }
  }
  overview.failures.assign(failures.begin(), failures.end());
  return overview;
}

}  // namespace milter_manager::gui
