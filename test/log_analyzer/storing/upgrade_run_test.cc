// SPDX-License-Identifier: GPL-3.0-or-later
// --upgrade, and the archives of the original in a whole run.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "test/log_analyzer/program.h"
#include "test/log_analyzer/storing/stored.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSession =
    "DS:smtp:GAUGE:180:0:U DS:child:GAUGE:180:0:U DS:disconnected:GAUGE:180:0:U "
    "DS:concurrent:GAUGE:180:0:U";

// The session archive of the original, with its first minute at 09:00 on 2026-09-14 and an hour of data.
void make_original(const ScratchDirectory& directory, const std::string& name) {
  fs::create_directories(directory / "out");
  std::string command = fmt::format("create out/{} --step 60 --start 1789376399 {}", name, kSession);
  for (const char* consolidation : {"MAX", "AVERAGE", "LAST"}) {
    for (int steps : {8, 56, 280, 3360}) command += fmt::format(" RRA:{}:0.5:{}:200", consolidation, steps);
  }
  archive::rrdtool(directory, command);
  command = fmt::format("update out/{}", name);
  for (int i = 0; i < 60; ++i) command += fmt::format(" {}:{}:2:0:1", 1789376400 + 60 * i, i);
  archive::rrdtool(directory, command);
}

}  // namespace

TEST_CASE("--upgrade adds rows to the archives of the original, tells, and reads no log") {
  const ScratchDirectory directory;
  make_original(directory, "milter-log.session.rrd");
  const auto run = analyze(directory, "--output-directory out --upgrade", "not a log\n");
  CHECK(run.status == 0);
  CHECK(run.errors == "milter-manager-log-analyzer: milter-log.session.rrd renamed to session.rrd\n");
  CHECK(
      run.output ==
      "session.rrd: added minutes for 2 days, maxima of days for 10 years, averages of days for 10 years\n");
  const auto upgraded = archives_in(directory / "out");

  const auto again = analyze(directory, "--output-directory out --upgrade");
  CHECK(again.status == 0);
  CHECK(again.output == "session.rrd: has minutes and days already\n");
  check_same_archives(directory / "out", upgraded);
  CHECK(leftovers_in(directory / "out") == "");
}

TEST_CASE("an upgraded archive is continued, with its minutes") {
  const ScratchDirectory directory;
  make_original(directory, "session.rrd");
  REQUIRE(analyze(directory, "--output-directory out --upgrade").status == 0);
  const auto run = analyze(directory, "--no-graphs --output-directory out --now 2026-09-14T12:00:00Z",
                           log_of({{"10:07:00", "[session][end][quit][pass][0.7](3)"}}));
  CHECK(run.errors == "");
  CHECK(run.status == 0);
  CHECK(stored(directory, "out/session.rrd", "smtp", "10:07") == 1);
  CHECK(stored(directory, "out/session.rrd", "smtp", "10:03") == 0);
}

TEST_CASE("--upgrade leaves a damaged archive to the next run, upgrades the others, and fails") {
  const ScratchDirectory directory;
  make_original(directory, "session.rrd");
  write_file(directory / "out/health.rrd", "no archive");
  const auto run = analyze(directory, "--output-directory out --upgrade");
  CHECK(run.status == 1);
  CHECK(run.output.find("session.rrd: added ") == 0);
  CHECK(run.errors.find("out/health.rrd is damaged") != std::string::npos);
  CHECK(fs::exists(directory / "out/health.rrd"));
}

}  // namespace milter_manager::log_analyzer
