// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/byte_source.h"
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
  std::uint64_t cut = 0;       // statistics lines without their end; header lines among them are events too
  std::uint64_t unknown = 0;   // statistics lines that hold no event that we know
  std::uint64_t no_stamp = 0;  // lines in no format that we know
};

// A line that was not understood.
struct Sample {
  std::string source;
  std::uint64_t line_number = 0;
  std::string text;  // its first bytes, anything but printable ASCII as "\xHH": safe to print
};

// From the bytes of logs to records: the lines of several sources, one after the other.
//
//   Stream stream({.program = "milter-manager", .now = now}, [&](const Record& record) { minutes.add(record); });
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
  };
  // What to do with a line that the source ends in: a file still written to will have more of it later.
  enum class LastLine : std::uint8_t { take, leave };

  Stream(Settings settings, std::function<void(const Record&)> callback);

  // Reads the source to its end. Returns how many of its bytes are done with; what came before an error has been
  // reported. `name` is for samples.
  Result<std::uint64_t> read(ByteSource& source, std::string_view name, LastLine last_line = LastLine::take);

  const LineCounts& counts() const { return counts_; }
  // The first lines that were counted as `unknown` or `no_stamp`.
  const std::vector<Sample>& samples() const { return samples_; }
  const Hosts& hosts() const { return parser_.hosts(); }

 private:
  void take(const Line& line);
  void take_statistics(const Line& line, const ParsedLine& parsed);
  void report(const ParsedLine& parsed, const statistics::Event& event);
  void sample(std::string_view text);

  Settings settings_;
  std::function<void(const Record&)> callback_;
  LineParser parser_;
  Processes processes_;
  LineCounts counts_;
  std::vector<Sample> samples_;
  std::string_view source_name_;
  std::uint64_t line_number_ = 0;
  std::string rsyslog_scratch_, cut_scratch_, escape_scratch_;
};

}  // namespace milter_manager::maillog
