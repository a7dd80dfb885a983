// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/archive/layout.h"
#include "core/result.h"

namespace milter_manager::report {

// The sums of one archive: source → events.
struct ArchiveCounts {
  archive::Kind kind = archive::Kind::session;
  std::string milter;  // "" where the kind is of none; of a shortened name its beginning with an ellipsis
  std::string key;     // report key
  std::map<std::string, double, std::less<>> counts;
  double count(std::string_view source) const {
    const auto found = counts.find(source);
    return found != counts.end() ? found->second : 0;
  }
  double sum() const {
    double all = 0;
    for (const auto& [source, value] : counts) all += value;
    return all;
  }
};

// What archives tell of a period, where the log is no longer there.
struct ArchiveSummary {
  std::vector<ArchiveCounts> archives;  // those with anything in the period, by kind, milter, key
  std::chrono::sys_seconds first{};     // of the rows that were added: at or before the period's beginning
  std::chrono::sys_seconds newest{};    // minute stored
  std::vector<std::string> failures;    // sentences: archives that could not be read
  const ArchiveCounts* find(archive::Kind kind, std::string_view milter = {}) const;
};

// Sums the archives in a folder over [since, until). Load archives, whose rows are no counts but for errors and timeouts,
// have just these. Error: the folder can't be read, or holds no archive.
Result<ArchiveSummary> sum_archives(const std::string& folder, std::chrono::sys_seconds since,
                                    std::chrono::sys_seconds until);

}  // namespace milter_manager::report
