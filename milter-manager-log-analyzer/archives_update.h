// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/archive/daemon.h"
#include "core/archive/directory_update.h"
#include "core/maillog/minutes.h"
#include "milter-manager-log-analyzer/archived_milters.h"
#include "milter-manager-log-analyzer/log_clock.h"

namespace milter_manager::log_analyzer {

// Where a series is stored.
std::optional<archive::Kind> archive_kind(maillog::Kind kind);

struct UpdateReport {
  std::vector<std::string> notes;     // sentences: files renamed, data sources added
  std::vector<std::string> failures;  // sentences: archives damaged, not readable, not writable
};

// Damaged archives, by file name, and the first minute that counts in what takes their place; none: not known yet.
using BegunAnew = std::map<std::string, std::optional<std::int64_t>>;

// Makes every archive of the directory fit for use: what a killed run left is removed, old names and missing data
// sources are put right. `damaged` gets those that are of no use. With a daemon it first writes what it has.
// An archive with minutes more than an hour ahead of `now` is a failure: until then it takes no others.
UpdateReport prepare_archives(const std::string& directory, std::chrono::sys_seconds now,
                              archive::Daemon* daemon, BegunAnew& damaged);

// Stores the complete minutes of the table, each series in its archive; a series without one begins one, at
// `first`, the first minute of the log that was ever counted: the log was alive before the series had an
// event. Archives that the table says nothing of get zeros up to the last minute in which the log was alive.
// What is stored already is skipped. One archive's failure does not keep the others from being updated. Milters that
// `milters` has no room for get no archive.
UpdateReport update_archives(archive::DirectoryUpdate& update, const std::string& directory,
                             const maillog::SeriesTable& complete, std::optional<std::int64_t> first,
                             const BegunAnew& anew, LogClock clock, ArchivedMilters& milters);

// Adds the rows to old archives that new ones have besides. Returns a line for each archive that is not
// `damaged`, in `notes`.
UpdateReport upgrade_archives(const std::string& directory, const BegunAnew& damaged);

// Lets the daemon write what it has of the directory's archives, for who reads the files. Returns failures.
std::vector<std::string> flush_archives(const std::string& directory, archive::Daemon& daemon);

}  // namespace milter_manager::log_analyzer
