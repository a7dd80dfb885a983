// SPDX-License-Identifier: GPL-3.0-or-later
// Archives that are updated through rrdcached: a real one, and one that loses what it is given.
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/log_analyzer/program.h"
#include "test/log_analyzer/storing/daemon_process.h"
#include "test/log_analyzer/storing/rotated_log.h"
#include "test/log_analyzer/storing/stored.h"
#include "test/log_analyzer/storing/traced_program.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> through_daemon(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--rrdcached", "unix:s"});
  return arguments;
}

void check_run(const ScratchDirectory& directory, const std::string& time) {
  const auto run = analyze_with({}, directory, through_daemon(at(time)));
  REQUIRE(run.errors == "");
  REQUIRE(run.status == 0);
}

}  // namespace

TEST_CASE(
    "runs through rrdcached store what runs without it store, whether it is restarted or killed in between") {
  const auto expected = whole(busy_log(0, 130));
  const ScratchDirectory directory;
  DaemonProcess first(directory, rrdcached(directory));
  write_file(directory / "log", busy_log(0, 30));
  check_run(directory, "10:30:10");
  write_file(directory / "log", busy_log(0, 48));
  check_run(directory, "10:48:10");
  first.end(SIGTERM);
  {
    DaemonProcess second(directory, rrdcached(directory));
    write_file(directory / "log", busy_log(0, 75));
    check_run(directory, "11:15:10");
    // Updates that it took are not in its memory alone.
    second.end(SIGKILL);
  }
  DaemonProcess third(directory, rrdcached(directory));
  fs::rename(directory / "log", directory / "log.1");
  write_file(directory / "log", busy_log(75, 130));
  check_run(directory, "12:10:30");
  check_run(directory, "15:59:00");
  check_same_archives(directory / "out", expected);
}

TEST_CASE("a run through rrdcached that is killed, wherever it is, loses and doubles nothing", "[.long]") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  bool was_killed = true;
  std::uint64_t call = 1;
  for (; was_killed; ++call) {
    CAPTURE(call);
    log.forget_later_runs();
    const DaemonProcess daemon(log.directory(), rrdcached(log.directory()));
    was_killed = analyze_with({call, 0, false}, log.directory(), through_daemon(kRun)).was_killed;
    check_run(log.directory(), "15:59:00");
    check_same_archives(log.directory() / "out", expected);
  }
  CHECK(call > 20);
}

TEST_CASE("updates that rrdcached has lost are told, and stored by the next run") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  {
    const DaemonProcess daemon(log.directory(), forgetful_daemon(log.directory()));
    const auto run = analyze_with({}, log.directory(), through_daemon(kRun));
    CHECK(run.status == 1);
    CHECK(run.errors.find("rrdcached at unix:s has lost updates of ") != std::string::npos);
  }
  const DaemonProcess daemon(log.directory(), rrdcached(log.directory()));
  check_run(log.directory(), "15:59:00");
  check_same_archives(log.directory() / "out", expected);
}

TEST_CASE("without the rrdcached that it is told of a run does nothing, and says so") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  const auto before = archives_in(log.directory() / "out");
  const auto run = analyze_with({}, log.directory(), through_daemon(kRun));
  CHECK(run.status == 1);
  CHECK(run.errors ==
        "milter-manager-log-analyzer: rrdcached at unix:s cannot be reached: Unable to connect to rrdcached: "
        "No such "
        "file or directory; nothing was done\n");
  check_same_archives(log.directory() / "out", before);
  check_next_run(log.directory(), expected);
}

TEST_CASE("RRDCACHED_ADDRESS is taken as --rrdcached") {
  const RotatedLog log;
  log.forget_later_runs();
  ::setenv("RRDCACHED_ADDRESS", "unix:s", 1);
  const auto run = analyze_with({}, log.directory(), kRun);
  ::unsetenv("RRDCACHED_ADDRESS");
  CHECK(run.status == 1);
  CHECK(run.errors.find("rrdcached at unix:s cannot be reached") != std::string::npos);
}

TEST_CASE("what others sent to rrdcached is written before a run looks at the archives") {
  const RotatedLog log;
  log.forget_later_runs();
  const DaemonProcess daemon(log.directory(), rrdcached(log.directory()));
  // 10:39, the minute that the run of 10:40:10 has left open.
  archive::rrdtool(log.directory(), "update --daemon unix:s out/session.rrd 1789382340:70:1:0:1");
  check_run(log.directory(), "12:10:30");
  CHECK(stored(log.directory(), "out/session.rrd", "smtp", "10:39") == 70);
}

TEST_CASE("through rrdcached, too, a gap of a year costs little, and pictures show what is stored") {
  const ScratchDirectory directory;
  const DaemonProcess daemon(directory, rrdcached(directory));
  write_file(
      directory / "log",
      "2025-09-14T10:00:00+00:00 mail milter-manager[77]: [statistics] [session][end][quit][pass][0.7](3)\n");
  check_run(directory, "10:00:10");
  write_file(directory / "log",
             read_file(directory / "log") + log_of({{"10:00:00", "[session][end][quit][pass][0.7](3)"},
                                                    {"10:07:00", "[session][end][quit][pass][0.7](5)"}}));
  const auto run = analyze_with(
      {}, directory, through_daemon({"--output-directory", "out", "--now", "2026-09-14T12:10:30Z", "log"}));
  CHECK(run.errors == "");
  CHECK(run.status == 0);
  CHECK(stored(directory, "out/session.rrd", "smtp", "10:00") == 1);
  CHECK(stored(directory, "out/session.rrd", "smtp", "10:03") == 0);
  CHECK(stored(directory, "out/session.rrd", "smtp", "10:07") == 1);
  CHECK(fs::exists(directory / "out/session.day.png"));
}

}  // namespace milter_manager::log_analyzer
