// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "core/archive/layout.h"
#include "core/result.h"
#include "gui/model/chart.h"
#include "gui/model/contents.h"
#include "gui/source/readings.h"

namespace milter_manager::gui {

// A folder of archives, as milter-manager-log-analyzer writes it; or one with a folder of archives for each host. A host's name
// is its folder's. All functions read files and wait for the disk. Archives that can't be read are left out, and told in `failures`; an
// Error is a sentence: the folder can't be read, there is no archive in it.
struct ArchiveFolder {
  std::string path;
  std::vector<archive::FileName> archives;                  // by kind, milter, key
  std::map<std::string, ArchiveFolder, std::less<>> hosts;  // by name; without hosts of their own

  // The folder whose archives are meant: of a host, or this one. Null: there is no such host.
  const ArchiveFolder* of_host(const std::string& host) const;
};

// At most this many hosts, and archives of each, are looked at.
inline constexpr std::size_t kMaximumHosts = 1000;
inline constexpr std::size_t kMaximumArchives = 20'000;

Result<ArchiveFolder> list_archives(const std::string& path);

Contents contents_of(const ArchiveFolder& folder, const IsCancelled& is_cancelled);

// Of "" (all hosts) the folder's own archives; where it has none, the sum of its hosts'.
Result<ChartData> chart_of(const ArchiveFolder& folder, const ChartQuery& query,
                           const IsCancelled& is_cancelled);

Result<Overview> overview_of(const ArchiveFolder& folder, const std::string& host, const Period& period,
                             const IsCancelled& is_cancelled);

}  // namespace milter_manager::gui
