// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/maillog/hosts.h"

namespace milter_manager::maillog {

// A statistics line, taken apart.
struct ParsedLine {
  double time = 0;  // Unix seconds
  const Host* host = nullptr;
  std::uint32_t pid = 0;
  std::string_view text;  // behind "[statistics] "
};

enum class Rejection : std::uint8_t {
  no_stamp,       // the line begins with no time and host that we know
  other_program,  // another program's line, whatever its text says
  no_statistics,  // a line of the program, but no statistics
};

// Takes log lines apart, in the order of the log: "STAMP HOST PROGRAM[PID]: [statistics] TEXT".
//
//   Sep 14 00:13:24 mail milter-manager[9612]: [statistics] [session][start](129534)
//   2026-11-21T20:42:20.025678+00:00 mx1.example.org milter-manager[77]:  [statistics] …
//   Sep 14 00:13:24 mail milter-manager[9612]: [ID 1 mail.info] [statistics] …       (Solaris)
//   [2026-01-02T03:04:05.678901Z]: [session][start](129534)          (the manager's own file; host "localhost", pid 0)
//
// Stamps as parse_stamp() reads them; the host is any word; blanks may be more than one. Lines of other programs
// move their hosts' clocks too.
// Cost: a line of another program well below 100 ns; no allocation but for hosts not seen before.
class LineParser {
 public:
  // `now` (Unix seconds) tells the year of stamps that have none.
  LineParser(std::string program, double now);

  // The host is valid until the next call, the text as long as `line`.
  tl::expected<ParsedLine, Rejection> parse(std::string_view line);

  const Hosts& hosts() const { return hosts_; }

 private:
  tl::expected<ParsedLine, Rejection> parse_own(std::string_view line);

  std::string program_;
  double now_;
  Hosts hosts_;
};

}  // namespace milter_manager::maillog
