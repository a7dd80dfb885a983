// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace milter_manager::archive {

// What an archive counts. One archive is one RRD file with 60 s steps; its file name and its data sources,
// in order, are in the table behind layout(). Other programs and years of data depend on both.
enum class Kind : std::uint8_t {
  session,            // session.rrd: connections, children, disconnected clients, most at once
  manager_status,     // milter-manager.status.rrd: how connections ended
  manager_report,     // milter-manager.report.rrd: what milters' headers say
  milter_status,      // milter.status.NAME.rrd
  milter_report,      // milter.report.NAME.rrd
  manager_message,    // milter-manager.message.rrd: how messages ended
  milter_message,     // milter.message.NAME.rrd: a milter's enforced verdicts on messages
  milter_evaluation,  // milter.evaluation.NAME.rrd: a milter's verdicts on messages it is tried on
  milter_load,        // milter.load.NAME.rrd: its connections, waits in seconds, errors
  milter_greylist,    // milter.greylist.NAME.rrd: how long passed messages had been delayed
  health,             // health.rrd: processes, log lines, lost lines
};

struct Layout {
  Kind kind;
  std::string_view prefix;  // of the file name; "NAME.rrd" or ".rrd" follows
  bool of_milter;           // a NAME follows the prefix
  std::span<const std::string_view> sources;
};

std::span<const Layout> layouts();  // in the order of Kind
const Layout& layout(Kind kind);

// A milter's name as a part of a file name. Ordinary names stay as they are. "/", "\", ":", "%", control
// characters and bytes that are not UTF-8 become %HH, so that no name leaves its directory, no name breaks an
// RRD definition, and no two names meet. A name whose encoding is longer than 200 bytes keeps its beginning,
// with "%~" and 16 digits of a hash behind it, since file systems take 255 bytes.
//
//   safe_name("spamass-milter") == "spamass-milter"
//   safe_name("../x:y") == "..%2Fx%3Ay"
std::string safe_name(std::string_view name);
// The name behind a safe name; of a shortened one its beginning with an ellipsis. No value for what safe_name()
// does not write.
std::optional<std::string> original_name(std::string_view safe);

// "milter.status.spamass-milter.rrd"
std::string file_name(Kind kind, std::string_view milter = {});

// What a file name says: its kind, and the milter's safe name.
struct FileName {
  Kind kind;
  std::string safe_milter;  // "" where the kind is of no milter
};
// No value for what file_name() does not write: other people's files, old names.
std::optional<FileName> parse_file_name(std::string_view name);

// The rows of a new archive: `rows` rows of `steps` minutes each.
struct RowSpan {
  std::string_view consolidation;  // RRD's word
  unsigned steps;
  unsigned rows;
};
// The 12 that archives have always had first, in their order; then minutes for 2 days and days for 10 years.
std::span<const RowSpan> row_spans();

}  // namespace milter_manager::archive
