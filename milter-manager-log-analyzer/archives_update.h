// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "core/maillog/minutes.h"
#include "milter-manager-log-analyzer/log_clock.h"

namespace milter_manager::log_analyzer {

// Where a series is stored. None for the report keys of a user's own rules, which have no archives here.
std::optional<archive::Kind> archive_kind(maillog::Kind kind);

struct UpdateReport {
  std::vector<std::string> notes;     // sentences: files renamed, data sources added
  std::vector<std::string> failures;  // sentences: archives damaged, not readable, not writable
};

// Makes every archive of the directory fit for use: old names, missing data sources, damaged files.
UpdateReport prepare_archives(const std::string& directory);

// Stores the complete minutes of the table, each series in its archive; a series without one begins one, at
// `first`, the first minute of the log that was ever counted: the log was alive before the series had an
// event. Archives that the table says nothing of get
// zeros up to the last minute in which the log was alive.
// What is stored already is skipped. One archive's failure does not keep the others from being updated.
UpdateReport update_archives(const std::string& directory, const maillog::SeriesTable& complete,
                             std::optional<std::int64_t> first, LogClock clock);

}  // namespace milter_manager::log_analyzer
