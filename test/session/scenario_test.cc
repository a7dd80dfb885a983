// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "test/session/runner.h"

namespace milter_manager::session {
namespace {

std::vector<std::string> scenario_files() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(TEST_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() == ".scenario") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void play(const char* text) { run_scenario(parse_scenario("here", text)); }

}  // namespace

// One alone: SCENARIO=part-of-its-name session_test "every scenario…".
TEST_CASE("every scenario goes as it is written") {
  const char* only = std::getenv("SCENARIO");
  std::size_t played = 0;
  for (const std::string& path : scenario_files()) {
    if (only && path.find(only) == std::string::npos) continue;
    ++played;
    try {
      run_scenario(read_scenario(path));
    } catch (const std::exception& failure) {
      FAIL_CHECK(failure.what());
    }
  }
  CHECK(played >= (only ? 1 : 70));
}

TEST_CASE("a scenario fails at what it does not expect, with file and line") {
  CHECK_THROWS_WITH(play("child a\nmta negotiates\nmta > connect\nmta > quit\n"),
                    "here:4: not expected: a < connect mx.example.net inet 25 192.0.2.1");
  CHECK_THROWS_WITH(
      play("child a\nmta negotiates\nmta > connect\na < helo\n"),
      "here:4: expected: a < helo mx.example.net, got: connect mx.example.net inet 25 192.0.2.1");
  CHECK_THROWS_WITH(play("child a\nmta negotiates\nmta > connect\na < connect > continue\nmta < reject\n"),
                    "here:5: expected: mta < reject, got: continue");
  CHECK_THROWS_WITH(play("child a\nmta negotiates\nmta > quit\nlog < [session][end]*\n"),
                    "here:4: not expected: log < [milter][end][start][pass][0](a): a");
  CHECK_THROWS_WITH(play("child a\nmta negotiates\n"),
                    "here:2: the session goes on at the end of the scenario");
}

}  // namespace milter_manager::session
