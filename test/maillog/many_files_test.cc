// SPDX-License-Identifier: GPL-3.0-or-later
// Logs in more files, and in other places, than a log usually is.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "core/maillog/rotation.h"
#include "test/maillog/log_runs.h"

namespace milter_manager::maillog {
namespace {

constexpr double kStart = 1789344000;  // 2026-09-14 00:00 UTC

std::string line(int number) {
  return fmt::format(
      "2026-09-14T{:02}:{:02}:{:02}Z mail milter-manager[1]: [statistics] [session][end][0.5]({})\n",
      number / 3600, number / 60 % 60, number % 60, number);
}
std::string lines(int from, int to) {
  std::string out;
  for (int number = from; number < to; ++number) out += line(number);
  return out;
}

TEST_CASE("a pattern for more files than a process may have open reads all of them") {
  constexpr int kFiles = 1500;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit usual = before;
  usual.rlim_cur = 256;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &usual) == 0);
  const ScratchFolder folder;
  for (int number = 0; number < kFiles; ++number)
    folder.write(fmt::format("mail.{:04}.log", number), line(number));
  LogRuns runs;
  const auto paths = expand_patterns({folder.path("mail.*.log")});
  REQUIRE(paths.size() == kFiles);
  runs.run(paths, kStart + 86400);
  CHECK(runs.gaps == std::vector<std::string>{});
  CHECK(runs.report.failures == std::vector<std::string>{});
  CHECK(runs.events == kFiles);
  SECTION("and knows them all in the next run") {
    folder.append("mail.1499.log", line(kFiles));
    runs.run(paths, kStart + 2 * 86400);
    CHECK(runs.events == kFiles + 1);
    CHECK(runs.gaps == std::vector<std::string>{});
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("files that can't be opened for their number are told, and nothing of the others is lost") {
  const ScratchFolder folder;
  for (int number = 0; number < 100; ++number) folder.write(fmt::format("{:04}.log", number), line(number));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // The upper limit can't be raised again by everybody: a child is what is limited.
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit few{60, 60};
    ::setrlimit(RLIMIT_NOFILE, &few);
    LogRuns runs;
    runs.run(expand_patterns({folder.path("*.log")}), kStart + 86400);
    const bool told =
        !runs.gaps.empty() && runs.gaps.front().find("Too many open files") != std::string::npos;
    ::_exit(told && runs.events + runs.gaps.size() + runs.report.failures.size() >= 100 ? 0 : 1);
  }
  int status = 1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a log that is rotated to another folder is told") {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.path("old"));
  const std::string log = folder.path("mail.log");
  folder.write("mail.log", lines(0, 100));
  LogRuns runs;
  runs.run({log}, kStart + 100);
  folder.append("mail.log", lines(100, 150));
  folder.rename("mail.log", "old/mail.log.1");
  folder.write("mail.log", lines(150, 200));
  SECTION("as what may be missing") {
    runs.run({log}, kStart + 200);
    REQUIRE(runs.gaps.size() == 1);
    CHECK(runs.gaps[0].find("is not found beside it") != std::string::npos);
    CHECK(runs.events == 150);
  }
  SECTION("and is finished where that folder is asked for, too") {
    runs.run({log, folder.path("old/mail.log.1")}, kStart + 200);
    CHECK(runs.gaps == std::vector<std::string>{});
    CHECK(runs.events == 200);
  }
  SECTION("and is finished by a pattern for that folder, renamed and packed since") {
    folder.gzip("old/mail.log.1");
    runs.run(expand_patterns({log, folder.path("old/mail.log*")}), kStart + 200);
    CHECK(runs.events == 200);
  }
}

}  // namespace
}  // namespace milter_manager::maillog
