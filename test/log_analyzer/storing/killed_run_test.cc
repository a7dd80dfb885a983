// SPDX-License-Identifier: GPL-3.0-or-later
// Any sequence of runs, some of them killed, gives the archives of one run over the whole log.
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/log_analyzer/program.h"
#include "test/log_analyzer/storing/rotated_log.h"
#include "test/log_analyzer/storing/stored.h"
#include "test/log_analyzer/storing/traced_program.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

const std::string kShellRun = "--no-graphs --output-directory out --now 2026-09-14T12:10:30Z log";

}  // namespace

TEST_CASE("a first run that is killed, wherever it is, loses and doubles nothing", "[.long]") {
  const std::string log = log_of({{"10:00:01", "[milter][end][quit][pass][0.5](4): clamav-milter"},
                                  {"10:00:02", "[session][end][quit][pass][0.7](3)"},
                                  {"10:07:02", "[session][end][quit][pass][0.7](5)"}});
  const auto expected = whole(log);
  const ScratchDirectory directory;
  write_file(directory / "log", log);
  std::uint64_t call = 1;
  for (bool was_killed = true; was_killed; ++call) {
    CAPTURE(call);
    fs::remove_all(directory / "out");
    was_killed = analyze_with({call, 0, false}, directory, kRun).was_killed;
    check_next_run(directory, expected);
  }
  CHECK(call > 40);
}

TEST_CASE("a run after a rotation that is killed, wherever it is, loses and doubles nothing", "[.long]") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  const auto before = archives_in(log.directory() / "seen");
  log.forget_later_runs();
  REQUIRE(analyze_with({}, log.directory(), kRun).status == 0);
  const auto after = archives_in(log.directory() / "out");
  std::uint64_t call = 1;
  for (bool was_killed = true; was_killed; ++call) {
    CAPTURE(call);
    log.forget_later_runs();
    was_killed = analyze_with({call, 0, false}, log.directory(), kRun).was_killed;
    for (const auto& [name, contents] : archives_in(log.directory() / "out")) {
      INFO(name);
      const auto old = before.find(name);
      const bool is_as_before = old != before.end() && old->second == contents;
      REQUIRE((is_as_before || after.at(name) == contents));
    }
    check_next_run(log.directory(), expected);
  }
  CHECK(call > 40);
}

TEST_CASE("runs that are killed one after the other get there in the end") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  // Each a few calls later than the one before, with what that one left.
  std::uint64_t call = 1;
  for (bool was_killed = true; was_killed; call += 3)
    was_killed = analyze_with({call, 0, false}, log.directory(), kRun).was_killed;
  check_next_run(log.directory(), expected);
}

TEST_CASE("a run that is killed in the midst of updating an archive loses and doubles nothing") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  bool was_killed = true;
  int update = 1;
  for (; was_killed; ++update) {
    CAPTURE(update);
    log.forget_later_runs();
    const int status =
        std::system(fmt::format("cd '{}' && TZ=UTC UPDATE={} exec '{}' {} 2>/dev/null",
                                log.directory().path(), update, ANALYZER_WITH_UPDATE_ACCIDENT, kShellRun)
                        .c_str());
    was_killed = !WIFEXITED(status) || WEXITSTATUS(status) > 128;
    REQUIRE((was_killed || WEXITSTATUS(status) == 0));
    check_next_run(log.directory(), expected);
  }
  CHECK(update > 5);
}

TEST_CASE("runs at the same time are kept apart") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  const std::string one = fmt::format("'{}' {} 2>/dev/null & ", ANALYZER, kShellRun);
  std::string command = fmt::format("cd '{}' && export TZ=UTC; ", log.directory().path());
  for (int i = 0; i < 6; ++i) command += one;
  REQUIRE(std::system((command + "wait").c_str()) == 0);
  check_next_run(log.directory(), expected);
}

TEST_CASE("a log that is analyzed in many pieces gives the archives of one run") {
  const auto expected = whole(busy_log(0, 130));
  const ScratchDirectory directory;
  const std::string log = busy_log(0, 130);
  // Pieces end anywhere, also within a line.
  for (std::size_t size = 1000; size < log.size(); size += 1777) {
    write_file(directory / "log", log.substr(0, size));
    const std::size_t line = log.rfind('\n', size) + 1;
    const auto run = analyze_with({}, directory, at(log.substr(line + 11, 8)));
    REQUIRE(run.errors == "");
    REQUIRE(run.status == 0);
  }
  write_file(directory / "log", log);
  check_next_run(directory, expected);
}

}  // namespace milter_manager::log_analyzer
