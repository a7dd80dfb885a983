// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "test/scenarios/player.h"

namespace milter_manager::scenarios {
namespace {

// Of all scenarios this share, in percent, is played with the program too.
constexpr std::size_t kLeastShare = 72;

std::vector<std::string> scenario_files() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(PROJECT_ROOT "/test/session/scenarios")) {
    if (entry.path().extension() == ".scenario") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void play(const char* text) { play_with_manager(session::parse_scenario("here", text)); }

}  // namespace

// One alone: SCENARIO=part-of-its-name scenarios_test "every scenario…". Which are left out: with LEFT_OUT=1.
TEST_CASE("every scenario goes with the program and sockets as it is written") {
  const char* only = std::getenv("SCENARIO");
  std::size_t found = 0;
  std::size_t played = 0;
  std::map<std::string, std::vector<std::string>> left_out;
  for (const std::string& path : scenario_files()) {
    if (only && path.find(only) == std::string::npos) continue;
    ++found;
    try {
      const session::Scenario scenario = session::read_scenario(path);
      if (const std::string why = only_without_sockets(scenario); !why.empty()) {
        left_out[why].push_back(scenario.path);
        continue;
      }
      ++played;
      play_with_manager(scenario);
    } catch (const std::exception& failure) {
      FAIL_CHECK(failure.what());
    }
  }
  fmt::print("{} scenarios of {} played with the program; not those in which\n", played, found);
  for (const auto& [why, names] : left_out) {
    fmt::print("  {}: {}\n", why, names.size());
    if (std::getenv("LEFT_OUT")) fmt::print("    {}\n", fmt::join(names, "\n    "));
  }
  CHECK(found > 0);
  if (!only) CHECK(played * 100 >= found * kLeastShare);
}

TEST_CASE("the program's failure to do as a scenario says is told with file and line") {
  CHECK_THROWS_WITH(
      play("child a\nmta negotiates\nmta > connect\na < helo\n"),
      "here:4: expected: a < helo mx.example.net, got: connect mx.example.net inet 25 192.0.2.1");
  CHECK_THROWS_WITH(play("child a\nmta negotiates\nmta > connect\nmta > quit\n"),
                    "here:4: not expected: a < connect mx.example.net inet 25 192.0.2.1");
  CHECK_THROWS_WITH(play("child a\nmta negotiates\nmta > connect\na < connect > continue\nmta < reject\n"),
                    "here:5: expected: mta < reject, got: continue");
  CHECK_THROWS_WITH(play("child a\nmta negotiates\nmta > quit\nlog < [session][end]*\n"),
                    "here:4: not expected: log < [milter][end][start][pass][0](a): a");
  CHECK_THROWS_WITH(play("child a\nmta negotiates\n"),
                    "here:2: the session goes on at the end of the scenario");
}

}  // namespace milter_manager::scenarios
