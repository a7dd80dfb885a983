// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::session {

// A scenario file as it stands: lines of words. scenarios/README.md is the manual of what they mean.
struct ScenarioLine {
  int number = 0;
  std::vector<std::string> words;
};

struct Scenario {
  std::string path;
  std::vector<ScenarioLine> lines;
};

// What went otherwise than a scenario says, or what it says that has no meaning. what() is "FILE:LINE: …".
struct ScenarioFailure : std::runtime_error {
  ScenarioFailure(const Scenario& scenario, int line, const std::string& text)
      : std::runtime_error(scenario.path + ":" + std::to_string(line) + ": " + text) {}
};

// Cuts text into words: separated by blanks, `"…"` keeps blanks and knows \n \r \t \0 \" \\ \xHH (also behind `name=`),
// `x*700` is 700 times x, `#` at the beginning of a word begins a comment. Throws ScenarioFailure.
Scenario parse_scenario(std::string path, std::string_view text);
Scenario read_scenario(const std::string& path);

// As it would be written in a scenario, in quotes where it has to be; long runs are shortened.
std::string quoted(std::string_view text);

// Whether text matches a pattern in which "*" stands for any characters.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace milter_manager::session
