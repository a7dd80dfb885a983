// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/archive_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "core/archive/archive.h"

namespace milter_manager::report {
namespace {

using archive::Consolidation;
using archive::Kind;
using std::chrono::sys_seconds;

constexpr std::int64_t kHour = 3600;

// Calls `take` with the time, the length and the value of each row of one source that is known and plausible.
template <typename Take>
Result<void> each_row(const archive::Archive& archive, Consolidation consolidation, std::string_view source,
                      sys_seconds since, sys_seconds until, Take take) {
  const auto table = archive.fetch(consolidation, since, until, std::chrono::seconds(60));
  if (!table) return tl::unexpected(table.error());
  const auto column = std::find(table->sources.begin(), table->sources.end(), source);
  if (column == table->sources.end()) return {};
  const auto at = static_cast<std::size_t>(column - table->sources.begin());
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const double value = table->at(row, at);
    // A file may hold anything. Neither is so many.
    if (!std::isfinite(value) || value < 0 || table->time(row) >= until) continue;
    take(table->time(row), table->step, value);
  }
  return {};
}

Result<void> add_milter(const archive::Archive& archive, sys_seconds since, sys_seconds until,
                        ArchiveLoad& result) {
  HostLoad& load = result.load;
  const auto mean = each_row(archive, Consolidation::average, "busy_mean", since, until,
                             [&](sys_seconds time, std::chrono::seconds step, double busy) {
                               const std::int64_t second = time.time_since_epoch().count();
                               LoadHour& hour = load.load_hours[second / kHour * kHour];
                               const auto seconds = static_cast<double>(step.count());
                               result.longest_step = std::max(result.longest_step, step);
                               hour.busy_seconds += busy * seconds;
                               hour.seconds += seconds;
                             });
  if (!mean) return mean;
  const auto open = each_row(archive, Consolidation::average, "open", since, until,
                             [&](sys_seconds, std::chrono::seconds step, double connections) {
                               load.session_seconds += connections * static_cast<double>(step.count());
                               load.are_sessions_sampled = true;
                             });
  if (!open) return open;
  return each_row(archive, Consolidation::maximum, "busy_max", since, until,
                  [&](sys_seconds, std::chrono::seconds, double busy) {
                    load.most_busy =
                        std::max(load.most_busy, static_cast<std::uint64_t>(std::clamp(busy, 0.0, 1e9)));
                  });
}

Result<void> add_sessions(const archive::Archive& archive, sys_seconds since, sys_seconds until,
                          ArchiveLoad& result) {
  HostLoad& load = result.load;
  return each_row(archive, Consolidation::maximum, "concurrent", since, until,
                  [&](sys_seconds, std::chrono::seconds, double open) {
                    load.most_open =
                        std::max(load.most_open, static_cast<std::uint64_t>(std::clamp(open, 0.0, 1e9)));
                  });
}

}  // namespace

Result<ArchiveLoad> load_of_archives(const std::string& folder,
                                     const std::function<bool(std::string_view)>& is_wanted,
                                     sys_seconds since, sys_seconds until) {
  std::error_code error;
  const std::filesystem::directory_iterator files(folder, error);
  if (error) return failure(fmt::format("{}: cannot be read: {}", folder, error.message()));
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.path().filename().string());
  std::sort(names.begin(), names.end());
  ArchiveLoad result;
  for (const std::string& file : names) {
    const auto name = archive::parse_file_name(file);
    if (!name || (name->kind != Kind::milter_load && name->kind != Kind::session)) continue;
    const std::string milter = archive::original_name(name->safe_milter).value_or(name->safe_milter);
    if (name->kind == Kind::milter_load) {
      result.milters.push_back(milter);
      if (!is_wanted(milter)) continue;
      result.wanted.push_back(milter);
    }
    const auto opened = archive::Archive::open(folder + "/" + file, archive::layout(name->kind));
    const auto add = name->kind == Kind::milter_load ? add_milter : add_sessions;
    const auto added = opened ? add(*opened, since, until, result) : tl::unexpected(opened.error());
    if (!added) result.failures.push_back(added.error().message);
  }
  return result;
}

}  // namespace milter_manager::report
