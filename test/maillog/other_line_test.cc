// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

#include "core/maillog/line_parser.h"
#include "core/maillog/stream.h"
#include "core/maillog/view_source.h"

namespace milter_manager::maillog {
namespace {

struct Case {
  const char* line;
  const char* read;  // host, program, pid, text
};

constexpr Case kCases[] = {
    {"Sep 14 00:13:24 mail postfix/smtpd[812]: A1: client=mx[192.0.2.1]",
     "mail postfix/smtpd 812 A1: client=mx[192.0.2.1]"},
    {"2026-09-14T00:13:24+02:00 mx1.example.org sm-mta[7]: wA1: to=<b>",
     "mx1.example.org sm-mta 7 wA1: to=<b>"},
    {"2026-09-14T00:13:24Z mail kernel: hello", "mail kernel 0 hello"},
    {"Sep 14 00:13:24 mail sendmail[8]: [ID 1 mail.info] wA1: to=<b>", "mail sendmail 8 wA1: to=<b>"},
    {"<22>1 2026-09-14T00:13:24Z mail spamd 9 - [x y=\"]\"] prefork: child states: II",
     "mail spamd 9 prefork: child states: II"},
    {R"({"__REALTIME_TIMESTAMP":"1789344804135747","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":"spamd","SYSLOG_PID":"9","MESSAGE":"hello"})",
     "mail spamd 9 hello"},
    {"Sep 14 00:13:24 mail [12]: nobody", "none"},
    {"Sep 14 00:13:24 mail name", "none"},
    {"Sep 14 00:13:24 mail program[x]: text", "none"},
};

TEST_CASE("The lines of other programs reach who asks for them, in every format") {
  for (const Case& one : kCases) {
    INFO(one.line);
    std::string read = "none";
    Stream::Settings settings;
    settings.now = 1.8e9;
    settings.other = [&](const OtherLine& line) {
      read = fmt::format("{} {} {} {}", line.host, line.program, line.pid, line.text);
    };
    std::size_t records = 0;
    Stream stream(settings, [&](const Record&) { ++records; });
    ViewSource source(one.line);
    REQUIRE(stream.read(source, "test"));
    CHECK(read == one.read);
    CHECK(records == 0);
    CHECK(stream.counts().other_programs == 1);
  }
}

}  // namespace
}  // namespace milter_manager::maillog
