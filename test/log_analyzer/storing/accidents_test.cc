// SPDX-License-Identifier: GPL-3.0-or-later
// Full disks, folders that can't be written, clocks that go back, archives that are damaged: told, and nothing lost.
#include <errno.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "test/log_analyzer/program.h"
#include "test/log_analyzer/storing/rotated_log.h"
#include "test/log_analyzer/storing/stored.h"
#include "test/log_analyzer/storing/traced_program.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

// Runs a shell command in the directory; what it writes to standard error is in "errors".
int shell(const ScratchDirectory& directory, const std::string& command) {
  const int status = std::system(
      fmt::format("cd '{}' && export TZ=UTC && {{ {}; }} 2>errors", directory.path(), command).c_str());
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

const std::string kShellRun = "--no-graphs --output-directory out --now 2026-09-14T12:10:30Z log";

}  // namespace

TEST_CASE("a disk that is full from any moment on is told, and nothing is lost", "[.long]") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  bool went_well = false;
  std::uint64_t call = 1;
  for (; !went_well; ++call) {
    CAPTURE(call);
    log.forget_later_runs();
    const auto run = analyze_with({call, ENOSPC, true}, log.directory(), kRun);
    REQUIRE_FALSE(run.was_killed);
    went_well = run.calls < call;
    INFO(run.errors);
    const bool is_told = run.errors.find("No space left on device") != std::string::npos;
    REQUIRE((run.status == 0 ? run.errors.empty() : is_told));
    check_next_run(log.directory(), expected);
  }
  CHECK(call > 40);
}

TEST_CASE("a call that fails once is told, or does no harm, and nothing is lost", "[.long]") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  REQUIRE(analyze_with({}, log.directory(), kRun).status == 0);
  const auto after = archives_in(log.directory() / "out");
  bool went_well = false;
  for (std::uint64_t call = 1; !went_well; ++call) {
    CAPTURE(call);
    log.forget_later_runs();
    const auto run = analyze_with({call, EIO, false}, log.directory(), kRun);
    REQUIRE_FALSE(run.was_killed);
    went_well = run.calls < call;
    INFO(run.errors);
    if (run.status == 0) {
      check_same_archives(log.directory() / "out", after);
    } else {
      // librrd does not tell of each call that failed; then the file is not there.
      bool is_told = false;
      for (const char* reason : {"Input/output error", "librrd gives no reason", "No such file or directory"})
        is_told = is_told || run.errors.find(reason) != std::string::npos;
      REQUIRE(is_told);
    }
    check_next_run(log.directory(), expected);
  }
}

TEST_CASE("a file system that has no room for what it promised is told, and nothing is lost") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  CHECK(shell(log.directory(), fmt::format("UPDATE=2 UPDATE_SIGNAL={} '{}' {}", SIGBUS,
                                           ANALYZER_WITH_UPDATE_ACCIDENT, kShellRun)) == 1);
  CHECK(read_file(log.directory() / "errors") ==
        "milter-manager-log-analyzer: the disk is full or broken: an archive could not be written. Nothing "
        "is lost, the "
        "next run stores it\n");
  check_next_run(log.directory(), expected);
}

TEST_CASE("on a small disk what fits is stored, the rest is told, and comes when there is room") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  // The archives, and a copy of some. The log is outside.
  std::uintmax_t room = 1'000'000;
  for (const auto& file : fs::directory_iterator(log.directory() / "seen")) room += file.file_size();
  const std::string in_namespace = fmt::format(
      "mount -t tmpfs -o size={1} tmpfs out && cp -a seen/. out && ! \"$ANALYZER\" {0} && "
      "mount -o remount,size=64m out && \"$ANALYZER\" {0} && mkdir result && cp -a out/. result",
      kShellRun, room);
  const int status = shell(log.directory(), fmt::format("ANALYZER='{}' unshare {} sh -c '{}'", ANALYZER,
                                                        ::geteuid() == 0 ? "-m" : "-rm", in_namespace));
  const std::string errors = read_file(log.directory() / "errors");
  INFO(errors);
  REQUIRE(status == 0);
  CHECK(errors.find("No space left on device") != std::string::npos);
  fs::remove_all(log.directory() / "out");
  fs::rename(log.directory() / "result", log.directory() / "out");
  check_next_run(log.directory(), expected);
}

TEST_CASE("a folder that can't be written is told, and nothing is lost") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  fs::permissions(log.directory().path(), fs::perms(0755));
  fs::permissions(log.directory() / "out", fs::perms(0555));
  // For the superuser no folder is read-only.
  const std::string as = ::geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  write_file(log.directory() / "errors", "");
  CHECK(shell(log.directory(), fmt::format("{}'{}' {}", as, ANALYZER, kShellRun)) == 1);
  CHECK(read_file(log.directory() / "errors") ==
        "milter-manager-log-analyzer: cannot write in out: Permission denied\n");
  fs::permissions(log.directory() / "out", fs::perms(0755));
  check_next_run(log.directory(), expected);
}

TEST_CASE("a clock that has been set back is told, and what comes after the stored minutes is stored") {
  const auto expected = whole(busy_log(0, 130));
  const ScratchDirectory directory;
  write_file(directory / "log", busy_log(0, 75));
  REQUIRE(analyze_with({}, directory, at("11:20:00")).status == 0);
  write_file(directory / "log", busy_log(0, 120));
  const auto run = analyze_with({}, directory, at("10:30:00"));
  CHECK(run.status == 1);
  CHECK(run.errors ==
        "milter-manager-log-analyzer: the clock has been set back: it is 2026-09-14 10:30, but the minutes "
        "up to "
        "2026-09-14 11:12 are closed. Events of these minutes are not counted; later ones are\n");
  write_file(directory / "log", busy_log(0, 130));
  check_next_run(directory, expected);
}

TEST_CASE("a damaged archive begins anew with what the logs still hold, the rotated ones too", "[.long]") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  bool was_killed = true;
  for (std::uint64_t call = 1; was_killed; call += 2) {
    CAPTURE(call);
    log.forget_later_runs();
    const std::string damaged = log.directory() / "out/session.rrd";
    fs::resize_file(damaged, 1000);
    const auto run = analyze_with({call, 0, false}, log.directory(), kRun);
    was_killed = run.was_killed;
    if (!was_killed) {
      CHECK(run.status == 1);
      CHECK(run.errors ==
            "milter-manager-log-analyzer: out/session.rrd is damaged (it ends within its head); set aside as "
            "out/session.rrd.damaged\n");
    }
    // As often as it takes: the run that finds it tells.
    static_cast<void>(analyze_with({}, log.directory(), kLast));
    CHECK(fs::file_size(damaged + ".damaged") == 1000);
    CHECK_FALSE(fs::exists(damaged + ".damaged.2"));
    fs::remove(damaged + ".damaged");
    check_next_run(log.directory(), expected);
  }
}

TEST_CASE("a damaged archive whose logs are gone begins anew where the last run ended") {
  const RotatedLog log;
  log.forget_later_runs();
  const std::string path = log.directory() / "out/session.rrd";
  fs::resize_file(path, 1000);
  fs::remove(log.directory() / "log.1");
  CHECK(analyze_with({}, log.directory(), kLast).status == 1);
  CHECK(std::isnan(stored(log.directory(), "out/session.rrd", "smtp", "10:30")));
  CHECK(stored(log.directory(), "out/session.rrd", "smtp", "11:19") == 3);
  CHECK(stored(log.directory(), "out/milter-manager.status.rrd", "pass", "10:30") == 1);
}

TEST_CASE("a damaged archive of which no log tells is put away") {
  const RotatedLog log;
  log.forget_later_runs();
  const std::string path = log.directory() / "out/milter.load.old-milter.rrd";
  write_file(path, "no archive");
  CHECK(analyze_with({}, log.directory(), kRun).status == 1);
  CHECK_FALSE(fs::exists(path));
  CHECK(read_file(path + ".damaged") == "no archive");
  CHECK(analyze_with({}, log.directory(), kRun).status == 0);
}

TEST_CASE("an archive that can't be used keeps its minutes for when it can") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  const std::string path = log.directory() / "out/session.rrd";
  fs::rename(path, log.directory() / "kept");
  fs::create_directory(path);
  for (int i = 0; i < 2; ++i) {
    const auto run = analyze_with({}, log.directory(), kRun);
    CHECK(run.status == 1);
    CHECK(run.errors == "milter-manager-log-analyzer: the archive out/session.rrd is no plain file\n");
  }
  // The others are stored all the same.
  CHECK(stored(log.directory(), "out/milter-manager.status.rrd", "pass", "11:19") == 1);
  fs::remove(path);
  fs::rename(log.directory() / "kept", path);
  check_next_run(log.directory(), expected);
}

TEST_CASE("an archive that is a link stays one") {
  const auto expected = whole(busy_log(0, 130));
  const RotatedLog log;
  log.forget_later_runs();
  fs::create_directory(log.directory() / "elsewhere");
  const std::string path = log.directory() / "out/session.rrd";
  fs::rename(path, log.directory() / "elsewhere/s.rrd");
  fs::create_symlink("../elsewhere/s.rrd", path);
  check_next_run(log.directory(), expected);
  CHECK(fs::is_symlink(path));
}

}  // namespace milter_manager::log_analyzer
