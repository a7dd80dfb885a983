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
  manager_key,  // milter-manager.report.KEY.rrd: a report key that the report archives have no source for
  milter_key,   // milter.report.KEY.NAME.rrd: the same, of one milter's headers
  process,      // process.NAME.rrd: what a program's processes use, by `milter-report processes`
};

struct Layout {
  Kind kind;
  std::string_view prefix;  // of the file name; "KEY", "NAME", "KEY.NAME" or nothing follows, then ".rrd"
  bool of_milter;           // a NAME follows
  std::span<const std::string_view> sources;
  bool of_key = false;  // a KEY follows
};

// What a log fills, in the order of Kind. Kind::process is none of them: nothing in a log tells of a minute in which nobody
// looked at processes, so who lists archives to bring them up to date by a log must not meet it.
std::span<const Layout> layouts();
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

// Whether a report key can be a part of a file name: a small letter, then small letters, digits and "_", 24 bytes
// at most.
bool is_key(std::string_view key);

// "milter.status.spamass-milter.rrd", "milter.report.dmarc_pass.opendmarc.rrd". A milter's report archive whose name
// begins like one of a key writes the dot as "%2E", so that the two never share a file: the milter "mail.example"
// has milter.report.mail%2Eexample.rrd. `key` must be one where the kind has keys.
std::string file_name(Kind kind, std::string_view milter = {}, std::string_view key = {});

// What a file name says: its kind, the milter's safe name, the report key.
struct FileName {
  Kind kind;
  std::string safe_milter;  // "" where the kind is of no milter
  std::string key;          // "" where the kind is of no key
};
// No value for what file_name() does not write (other people's files, old names), and for kinds that are not in layouts().
std::optional<FileName> parse_file_name(std::string_view name);
// parse_file_name() undone, without ".rrd".
std::string stem(const FileName& name);

// The rows of a new archive: `rows` rows of `steps` minutes each.
struct RowSpan {
  std::string_view consolidation;  // RRD's word
  unsigned steps;
  unsigned rows;
};
// The 12 that archives have always had first, in their order; then minutes for 2 days and days for 10 years.
std::span<const RowSpan> row_spans();

}  // namespace milter_manager::archive
