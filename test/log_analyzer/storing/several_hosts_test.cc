// SPDX-License-Identifier: GPL-3.0-or-later
// Logs of several hosts, in one run and in several.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "test/log_analyzer/program.h"
#include "test/log_analyzer/storing/stored.h"

namespace milter_manager::log_analyzer {
namespace {

const std::string kOptions = "--no-graphs --output-directory out --now 2026-09-14T12:00:00Z ";
constexpr const char* kName = "milter-manager-log-analyzer: ";

// A connection in each minute from 10:00 to 10:29, and how many there are at once.
std::string log_of_host(const std::string& host, int at_once) {
  std::string log;
  for (int minute = 0; minute < 30; ++minute) {
    const auto add = [&](int second, const std::string& event) {
      log += fmt::format("2026-09-14T10:{:02}:{:02}+00:00 {} milter-manager[77]: [statistics] {}\n", minute,
                         second, host, event);
    };
    add(5, "[session][end][quit][pass][0.7](3)");
    add(40, fmt::format("[sessions][finished] 9(+1) {}", at_once));
  }
  return log;
}

}  // namespace

TEST_CASE("logs of several hosts in one run are added up, and what runs at once is each host's largest") {
  const ScratchDirectory directory;
  write_file(directory / "one", log_of_host("mx1", 5));
  write_file(directory / "two", log_of_host("mx2", 3));
  const auto run = analyze(directory, kOptions + "--log one --log two");
  CHECK(run.errors == "");
  CHECK(run.status == 0);
  for (const char* time : {"10:00", "10:13", "10:29"}) {
    CHECK(stored(directory, "out/session.rrd", "smtp", time) == 2);
    CHECK(stored(directory, "out/session.rrd", "concurrent", time) == 8);
  }
}

TEST_CASE("a log of another host that comes when its minutes are closed is told, and is a failure") {
  const ScratchDirectory directory;
  write_file(directory / "one", log_of_host("mx1", 5));
  write_file(directory / "two", log_of_host("mx2", 3));
  REQUIRE(analyze(directory, kOptions + "--log one").status == 0);
  const auto before = archives_in(directory / "out");
  const auto run = analyze(directory, kOptions + "--log two");
  CHECK(run.status == 1);
  CHECK(
      run.errors ==
      fmt::format(
          "{0}host mx2 on 2026-09-14: 60 events came after their minute was closed, and are not counted "
          "(--lateness)\n"
          "{0}host mx2 is new, but the minutes up to 2026-09-14 10:29 are closed by the logs of other hosts, "
          "and 60 events of closed minutes are not counted: give the logs of all hosts to one run, with "
          "--log "
          "for each\n",
          kName));
  check_same_archives(directory / "out", before);
}

TEST_CASE("an older log of the same host that comes too late is told, and is a failure") {
  const ScratchDirectory directory;
  write_file(directory / "new", log_of_host("mx1", 5));
  write_file(directory / "old", log_of({{"09:00:00", "[session][end][quit][pass][0.7](3)"}}));
  REQUIRE(analyze(directory, kOptions + "--log new").status == 0);
  std::string old = read_file(directory / "old");
  old.replace(old.find(" mail "), 6, " mx1 ");
  write_file(directory / "old", old);
  const auto run = analyze(directory, kOptions + "--log old");
  CHECK(run.status == 1);
  CHECK(
      run.errors ==
      fmt::format(
          "{0}host mx1 on 2026-09-14: 1 events came after their minute was closed, and are not counted "
          "(--lateness)\n"
          "{0}most of what was read is of minutes up to 2026-09-14 10:29, which are closed: 1 events are not "
          "counted. A log is read only once, and together with the others of its time\n",
          kName));
}

TEST_CASE("a few late lines are told, and no failure") {
  const ScratchDirectory directory;
  const std::string log = log_of_host("mx1", 5);
  write_file(directory / "log", log);
  REQUIRE(
      analyze(directory, "--no-graphs --output-directory out --now 2026-09-14T10:30:00Z --log log").status ==
      0);
  std::string more =
      "2026-09-14T10:02:00+00:00 mx1 milter-manager[77]: [statistics] [session][end][quit][pass][0.7](3)\n";
  for (const char* time : {"10:31:00", "10:32:00", "10:33:00"}) {
    more += fmt::format(
        "2026-09-14T{}+00:00 mx1 milter-manager[77]: [statistics] [session][end][quit][pass][0.7](3)\n",
        time);
  }
  write_file(directory / "log", log + more);
  const auto run = analyze(directory, kOptions + "--log log");
  CHECK(run.status == 0);
  CHECK(run.errors == fmt::format("{0}host mx1 on 2026-09-14: 1 events came after their minute was closed, "
                                  "and are not counted (--lateness)\n",
                                  kName));
}

}  // namespace milter_manager::log_analyzer
