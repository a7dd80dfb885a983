// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/archive_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "core/archive/archive.h"
#include "core/archive/sums.h"

namespace milter_manager::report {
namespace {

using archive::Kind;
using std::chrono::sys_seconds;

// Rows that can be added up.
bool is_count(Kind kind, std::string_view source) {
  if (kind == Kind::milter_load) return source == "errors" || source == "timeouts";
  return source != "concurrent" && source != "processes";
}

}  // namespace

const ArchiveCounts* ArchiveSummary::find(Kind kind, std::string_view milter) const {
  for (const ArchiveCounts& one : archives) {
    if (one.kind == kind && one.milter == milter) return &one;
  }
  return nullptr;
}

Result<ArchiveSummary> sum_archives(const std::string& folder, sys_seconds since, sys_seconds until) {
  std::error_code error;
  const std::filesystem::directory_iterator files(folder, error);
  if (error) return failure(fmt::format("{}: cannot be read: {}", folder, error.message()));
  std::vector<archive::FileName> names;
  for (const auto& file : files) {
    if (auto name = archive::parse_file_name(file.path().filename().string()))
      names.push_back(std::move(*name));
  }
  if (names.empty())
    return failure(fmt::format("{}: there is no archive of milter-manager-log-analyzer", folder));
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
    return std::tie(a.kind, a.safe_milter, a.key) < std::tie(b.kind, b.safe_milter, b.key);
  });
  ArchiveSummary summary;
  summary.first = since;
  for (const archive::FileName& name : names) {
    const archive::Layout& layout = archive::layout(name.kind);
    const auto opened = archive::Archive::open(fmt::format("{}/{}.rrd", folder, archive::stem(name)), layout);
    const auto sums = opened ? archive::sum(*opened, since, until) : tl::unexpected(opened.error());
    if (!sums) {
      summary.failures.push_back(sums.error().message);
      continue;
    }
    summary.newest = std::max<sys_seconds>(summary.newest, opened->last());
    if (!sums->any) continue;
    summary.first = std::min(summary.first, sums->first);
    ArchiveCounts& counts = summary.archives.emplace_back();
    counts.kind = name.kind;
    counts.milter = archive::original_name(name.safe_milter).value_or(name.safe_milter);
    counts.key = name.key;
    for (std::size_t source = 0; source < layout.sources.size(); ++source) {
      if (is_count(name.kind, layout.sources[source])) {
        counts.counts.emplace(layout.sources[source], sums->values[source]);
      }
    }
  }
  return summary;
}

}  // namespace milter_manager::report
