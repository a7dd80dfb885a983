// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/storing/rotated_log.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/log_analyzer/storing/stored.h"
#include "test/log_analyzer/storing/traced_program.h"

namespace milter_manager::log_analyzer {

namespace fs = std::filesystem;

std::vector<std::string> at(const std::string& time) {
  return {"--no-graphs", "--output-directory", "out", "--now", fmt::format("2026-09-14T{}Z", time), "log"};
}

std::map<std::string, std::string> whole(const std::string& log) {
  const ScratchDirectory directory;
  write_file(directory / "log", log);
  const auto run = analyze_with({}, directory, kLast);
  REQUIRE(run.errors == "");
  REQUIRE(run.status == 0);
  REQUIRE(run.calls > 20);
  return archives_in(directory / "out");
}

RotatedLog::RotatedLog() {
  write_file(directory_ / "log", busy_log(0, 40));
  REQUIRE(analyze_with({}, directory_, at("10:40:10")).status == 0);
  fs::copy(directory_ / "out", directory_ / "seen");
  write_file(directory_ / "log", busy_log(0, 75));
  fs::rename(directory_ / "log", directory_ / "log.1");
  write_file(directory_ / "log", busy_log(75, 130));
}

void RotatedLog::forget_later_runs() const {
  fs::remove_all(directory_ / "out");
  fs::copy(directory_ / "seen", directory_ / "out");
}

void check_next_run(const ScratchDirectory& directory, const std::map<std::string, std::string>& expected) {
  const auto next = analyze_with({}, directory, kLast);
  REQUIRE(next.errors == "");
  REQUIRE(next.status == 0);
  check_same_archives(directory / "out", expected);
  REQUIRE(leftovers_in(directory / "out") == "");
}

}  // namespace milter_manager::log_analyzer
