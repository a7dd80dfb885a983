// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <time.h>

#include <catch2/catch.hpp>
#include <string>

#include "milter-report/processes_lines.h"

namespace milter_manager::report {
namespace {

using processes::Measured;
using processes::Sample;

Measured measured(int pid, const std::string& name, std::vector<std::string> words) {
  Measured one;
  one.name = name;
  one.process.pid = pid;
  one.process.title = "title";
  one.process.words = std::move(words);
  return one;
}

// 2026-09-14 00:13:07 UTC.
Sample sample_of(std::vector<Measured> processes) {
  return {{std::chrono::sys_seconds(std::chrono::seconds(1789344787)), {}}, std::move(processes), {}};
}

Sample two_processes() {
  Measured busy = measured(2301, "smtpd", {"smtpd", "-n", "smtp"});
  busy.process.virtual_bytes = 47395635;
  busy.process.resident_bytes = 8493466;
  busy.process.proportional_bytes = 2048;
  busy.process.descriptors = 12;
  busy.process.threads = 3;
  busy.cpu_percent = 12.34567;
  busy.cpu_seconds = 3723.5;
  Measured foreign =
      measured(4194304, "=cmd|' /C calc'!A0", {"=cmd|' /C calc'!A0\x1b[2J\n,\"", "\xff\xe2\x80\xae"});
  foreign.process.virtual_bytes = 1099511627775;
  foreign.process.threads = 1;
  foreign.cpu_seconds = 1047600;
  return sample_of({busy, foreign});
}

class Utc {
 public:
  Utc() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

}  // namespace

TEST_CASE("processes are shown in columns, and nothing that they are called reaches a terminal as it is") {
  const Utc utc;
  CHECK(std::string(process_heading()) + process_lines(two_processes()) ==
        "    Time    PID       VSS       RSS  %CPU CPU time   #FD       PSS  #Thr Command\n"
        "00:13:07   2301   45.2MiB    8.1MiB  12.3  1:02:03    12    2.0KiB     3 smtpd -n smtp\n"
        "00:13:07 4194304    1.0TiB    0.0KiB     -   12d03h     -         -     1 "
        "=cmd|' /C calc'!A0\\x1b[2J\\x0a,\" \\xff\\xe2\\x80\\xae\n");
}

TEST_CASE("a look that found no process says so") {
  const Utc utc;
  CHECK(process_lines(sample_of({})) == "00:13:07 not found\n");
  CHECK(process_json(sample_of({})) == "{\"time\":\"2026-09-14T00:13:07Z\",\"processes\":[]}\n");
  CHECK(process_csv(sample_of({}), false).empty());
}

TEST_CASE("processes as CSV are numbers as they are, and no formulas") {
  CHECK(process_csv(two_processes(), true) ==
        "time,name,pid,vss_bytes,rss_bytes,pss_bytes,cpu_percent,cpu_seconds,descriptors,threads,command\r\n"
        "2026-09-14T00:13:07Z,smtpd,2301,47395635,8493466,2048,12.346,3723.5,12,3,smtpd -n smtp\r\n"
        "2026-09-14T00:13:07Z,'=cmd|' /C calc'!A0,4194304,1099511627775,0,,,1047600,,1,"
        "\"'=cmd|' /C calc'!A0\\x1b[2J\\x0a,\"\" \\xff\\xe2\\x80\\xae\"\r\n");
  const std::string next = process_csv(two_processes(), false);
  CHECK(next.starts_with("2026-09-14T00:13:07Z,smtpd,"));
}

TEST_CASE("processes as JSON are one object on one line, with null for what is not known") {
  const std::string text = process_json(two_processes());
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(
      text.starts_with("{\"time\":\"2026-09-14T00:13:07Z\",\"processes\":[{\"name\":\"smtpd\",\"pid\":2301,"
                       "\"vss_bytes\":47395635,"
                       "\"rss_bytes\":8493466,\"pss_bytes\":2048,\"cpu_percent\":12.346,\"cpu_seconds\":3723."
                       "5,\"descriptors\":12,"
                       "\"threads\":3,\"command\":\"smtpd -n smtp\"},"));
  CHECK(text.find("\"pss_bytes\":null,\"cpu_percent\":null,") != std::string::npos);
  CHECK(text.find("\\\\x1b[2J\\\\x0a,\\\" \\\\xff") != std::string::npos);
}

TEST_CASE("sizes and CPU times of every size keep their columns") {
  struct Case {
    std::uint64_t bytes;
    double seconds;
    const char* size;
    const char* time;
  };
  const Case cases[] = {
      {0, 0, "   0.0KiB", "   00:00"},
      {1023, 59.99, "   1.0KiB", "   00:59"},
      {1048524, 3599, "1023.9KiB", "   59:59"},
      {1048576, 3600, "   1.0MiB", " 1:00:00"},
      {1073741823, 359999, "   1.0GiB", "99:59:59"},
      {1ULL << 50, 360000, "1024.0TiB", "   4d04h"},
  };
  for (const Case& one : cases) {
    Measured process = measured(1, "a", {"a"});
    process.process.virtual_bytes = one.bytes;
    process.cpu_seconds = one.seconds;
    const std::string line = process_lines(sample_of({process}));
    CHECK(line.substr(16, 9) == one.size);
    CHECK(line.substr(42, 8) == one.time);
  }
}

}  // namespace milter_manager::report
