// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/byte_source.h"
#include "core/maillog/journal_entry.h"
#include "core/maillog/line_parser.h"
#include "core/maillog/line_reader.h"
#include "core/maillog/processes.h"
#include "core/maillog/record.h"

namespace milter_manager::maillog {

// What became of the lines of a log.
struct LineCounts {
  std::uint64_t lines = 0;
  std::uint64_t events = 0;
  std::uint64_t other_programs = 0;
  std::uint64_t no_statistics = 0;  // of the program, but no statistics
  std::uint64_t cut = 0;       // statistics lines without their end; header lines among them are events too.
                               // Also entries whose text the journal's JSON leaves out
  std::uint64_t unknown = 0;   // statistics lines that hold no event that we know
  std::uint64_t no_stamp = 0;  // lines in no format that we know
};

// A line that was not understood.
struct Sample {
  std::string source;
  std::uint64_t line_number = 0;
  std::string text;  // its first bytes, anything but printable ASCII as "\xHH": safe to print
};

// The first bytes of `text`, anything but printable ASCII as "\xHH": safe to print.
std::string printable(std::string_view text);

// From the bytes of logs to records: the lines of several sources, one after the other. Lines in the formats
// that
// LineParser knows, each by itself; or entries in the Journal Export Format, where a source begins with one.
//
//   Stream stream({.program = "milter-manager", .now = now}, [&](const Record& record) { minutes.add(record);
// });
//   auto source = open_log(path);
//   if (auto done = stream.read(**source, path); !done) …
//
// Sources of one log are read oldest first: then years, summer time and processes go on from one to the next.
// Escapes in values are undone only for processes that have written a heartbeat: see statistics::Escapes.
// Cost: see LineReader and LineParser; a million lines of a mail log in about an eighth of a second.
// Memory: independent of the log's length.
class Stream {
 public:
  struct Settings {
    std::string program = "milter-manager";
    double now = 0;  // Unix seconds
    std::size_t maximum_samples = 5;
    // Gets the lines of other programs; none: nobody wants them.
    std::function<void(const OtherLine&)> other = nullptr;
  };
  // What to do with a line that the source ends in: a file still written to will have more of it later.
  enum class LastLine : std::uint8_t { take, leave };

  Stream(Settings settings, std::function<void(const Record&)> callback);

  // How far a source was read.
  struct Progress {
    std::uint64_t done = 0;      // bytes that are done with: the next run begins behind them
    bool in_line = false;        // they end in the midst of a line that is too long
    std::optional<Error> error;  // why not to the end. What came before has been reported
  };
  // Reads the source to its end. `name` is for samples; `in_line` as the progress of the run before says.
  Progress read_on(ByteSource& source, std::string_view name, LastLine last_line, bool in_line = false);
  // The same for who does not come back: the bytes done with, or the error.
  Result<std::uint64_t> read(ByteSource& source, std::string_view name, LastLine last_line = LastLine::take);
  // Takes one entry of a journal that is read otherwise.
  void take(const JournalEntry& entry);

  // What a later run has to know to go on where this one ends.
  std::vector<ProcessState> process_states() const { return processes_.states(hosts()); }
  std::vector<HostState> host_states() const { return hosts().states(); }
  void restore(const std::vector<HostState>& hosts, const std::vector<ProcessState>& processes);

  // Moves a host's clock by what is known of it otherwise.
  void move_clock(std::string_view host, std::int64_t microseconds);

  const LineCounts& counts() const { return counts_; }
  // The first lines that were counted as `unknown` or `no_stamp`.
  const std::vector<Sample>& samples() const { return samples_; }
  const Hosts& hosts() const { return parser_.hosts(); }

 private:
  void read_lines(LineReader& reader, LastLine last_line, Progress& progress);
  void read_export(LineReader& reader, const Line& first, std::uint64_t& done);
  void take(const Line& line);
  void take(const tl::expected<ParsedLine, Rejection>& parsed, const Line& line);
  void take_statistics(const Line& line, const ParsedLine& parsed);
  void report(const ParsedLine& parsed, const statistics::Event& event);
  void report_other();
  void sample(std::string_view text);

  Settings settings_;
  std::function<void(const Record&)> callback_;
  LineParser parser_;
  Processes processes_;
  JournalEntry entry_;
  LineCounts counts_;
  std::vector<Sample> samples_;
  std::string_view source_name_;
  std::uint64_t line_number_ = 0;
  std::string rsyslog_scratch_, cut_scratch_, escape_scratch_;
};

}  // namespace milter_manager::maillog
