// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/maillog/hosts.h"
#include "core/maillog/journal_json.h"
#include "core/maillog/stamp.h"

namespace milter_manager::maillog {

// How a line is written.
enum class Format : std::uint8_t { bsd, rfc3339, rfc5424, own_file, journal };

// A statistics line, taken apart.
struct ParsedLine {
  double time = 0;  // Unix seconds
  const Host* host = nullptr;
  std::uint32_t pid = 0;
  std::string_view text;  // behind "[statistics] "
  Format format = Format::bsd;
};

// A line of another program: the MTA's, a milter's own. All views are untrusted text.
struct OtherLine {
  double time = 0;  // Unix seconds
  std::string_view host;
  std::string_view program;  // "postfix/smtpd"; as far as it is one word
  std::uint32_t pid = 0;     // 0: not told
  std::string_view text;     // behind "PROGRAM[PID]: "
};

enum class Rejection : std::uint8_t {
  no_stamp,       // the line begins with no time and host that we know
  other_program,  // another program's line, whatever its text says
  no_statistics,  // a line of the program, but no statistics
  no_text,        // of the program, but the journal's JSON leaves out what it says
};

// Takes log lines apart, in the order of the log: "STAMP HOST PROGRAM[PID]: [statistics] TEXT".
//
//   Sep 14 00:13:24 mail milter-manager[9612]: [statistics] [session][start](129534)
//   2026-11-21T20:42:20.025678+00:00 mx1.example.org milter-manager[77]:  [statistics] …
//   2026-11-21T20:42:20.025678+00:00 mx1.example.org milter-manager[77] [statistics] …   (forwarded as RFC 5424)
//   Sep 14 00:13:24 mail milter-manager[9612]: [ID 1 mail.info] [statistics] …       (Solaris)
//   <22>1 2026-09-14T00:13:24.134747+00:00 mail milter-manager 9612 - - [statistics] …        (RFC 5424)
//   {"__REALTIME_TIMESTAMP":"1789344804135747",…,"MESSAGE":"[statistics] …"}         (journalctl -o json)
//   [2026-01-02T03:04:05.678901Z]: [session][start](129534)          (the manager's own file; host
// "localhost", pid 0)
//
// Stamps as parse_stamp() reads them; the host is any word of up to 255 bytes; blanks may be more than one; a
// priority
// "<22>" may stand before any stamp. Lines of other programs move their hosts' clocks too.
// Cost: a line of another program well below 100 ns; no allocation but for hosts not seen before.
class LineParser {
 public:
  // `now` (Unix seconds) tells the year of stamps that have none.
  LineParser(std::string program, double now);

  // The host is valid until the next call, the text as long as `line`, and until the next call.
  tl::expected<ParsedLine, Rejection> parse(std::string_view line);
  // The text is a part of the entry.
  tl::expected<ParsedLine, Rejection> parse(const JournalEntry& entry);

  // What the line is that parse() has just rejected as Rejection::other_program. None if it names no program.
  // Cost: a pass over the program's name. The views are valid as long as the line or the entry, and until the next call.
  std::optional<OtherLine> other_line() const;

  const Hosts& hosts() const { return hosts_; }
  Hosts& hosts() { return hosts_; }

 private:
  // Why it is no statistics line; else `parsed` is complete.
  using Refusal = std::optional<Rejection>;
  Refusal take_line(std::string_view line, ParsedLine& parsed);
  Refusal take_entry(const JournalEntry& entry, ParsedLine& parsed);
  Refusal take_own(std::string_view line, ParsedLine& parsed);
  Refusal take_with_priority(std::string_view line, ParsedLine& parsed);
  Refusal take_rfc5424(std::string_view line, ParsedLine& parsed);
  Refusal take_plain(std::string_view line, ParsedLine& parsed);
  bool take_origin(std::string_view& line, ParsedLine& parsed);
  bool take_sender(std::string_view& line, std::uint32_t& pid);
  Rejection reject_other(const ParsedLine& parsed, std::string_view rest);

  std::string program_;
  double now_;
  StampReader stamps_;
  std::string sender_;  // "PROGRAM[PID]: " as in the line of the program before
  std::uint32_t sender_pid_ = 0;
  Hosts hosts_;
  JournalJson json_;
  JournalEntry entry_;
  // The other program's line rejected last.
  ParsedLine other_;
  std::string_view other_rest_;  // from the program's name on
  const JournalEntry* other_entry_ = nullptr;
};

}  // namespace milter_manager::maillog
