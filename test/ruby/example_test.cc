// SPDX-License-Identifier: GPL-3.0-or-later
// The examples of the user's guide, as files: see examples/README.md.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "core/config/dump.h"
#include "test/ruby/configuration_folder.h"
#include "test/ruby/shared_interpreter.h"
#include "test/ruby/shown.h"

namespace fs = std::filesystem;
using namespace milter_manager;

namespace {

struct Example {
  std::string name;
  std::string code;
  std::vector<std::string> shown;      // "#> ": lines of the shown configuration
  std::vector<std::string> not_shown;  // "#- "
  std::vector<std::string> holds;      // "#? ": Ruby expressions, true afterwards
  std::vector<std::string> problems;   // "#! "
  std::vector<std::string> logged;     // "#L "
};

std::vector<Example> parse(const std::string& name, const std::vector<std::string>& lines) {
  std::vector<Example> examples(1);
  examples.back().name = name;
  for (const std::string& line : lines) {
    Example& example = examples.back();
    const std::string rest = line.size() > 3 ? line.substr(3) : "";
    if (line == "# ---") {
      examples.emplace_back().name = name;
    } else if (line.rfind("#> ", 0) == 0) {
      example.shown.push_back(rest);
    } else if (line.rfind("#- ", 0) == 0) {
      example.not_shown.push_back(rest);
    } else if (line.rfind("#? ", 0) == 0) {
      example.holds.push_back(rest);
    } else if (line.rfind("#! ", 0) == 0) {
      example.problems.push_back(rest);
    } else if (line.rfind("#L ", 0) == 0) {
      example.logged.push_back(rest);
    } else if (line.rfind("# SPDX", 0) != 0) {
      example.code += line + "\n";
    }
  }
  return examples;
}

std::vector<Example> all_examples() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(TEST_SOURCE_DIR "/examples")) {
    if (entry.path().extension() == ".conf") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Example> all;
  for (const fs::path& path : paths) {
    for (Example& one : parse(path.filename(), lines_of(read_text(path)))) all.push_back(std::move(one));
  }
  return all;
}

// Reads the example beside what is installed, and what it should say of itself then.
void write_example(const ConfigurationFolder& folder, const Example& example) {
  folder.write("trusted-domains.list", "# trusted\ngmail.com\n/\\.example\\.com/\n\n");
  folder.write("models/user.rb", "class User < ActiveRecord::Base\nend\n");
  folder.write(example.name, example.code);
  std::string checks;
  for (const std::string& expression : example.holds) {
    checks += "raise %q[it does not hold: " + expression + "] unless (" + expression + ")\n";
  }
  folder.write("checks.conf", checks);
  folder.write("milter-manager.conf", "$LOAD_PATH.unshift('" TEST_SOURCE_DIR
                                      "/support').uniq!\n"
                                      "load('" TEST_SOURCE_DIR
                                      "/support/example_checks.rb')\n"
                                      "load('applicable-conditions/*.conf')\nload('" +
                                          example.name + "')\nload('checks.conf')\n");
}

}  // namespace

TEST_CASE("each example of the user's guide does what the guide says") {
  const auto examples = all_examples();
  CHECK(examples.size() > 100);
  for (const Example& example : examples) {
    INFO(example.name << ":\n" << example.code);
    const ConfigurationFolder folder;
    write_example(folder, example);
    log_of_interpreter().clear();
    const auto outcome = folder.load({PROJECT_ROOT "/share"});

    std::string problems;
    for (const std::string& problem : example.problems) problems += problem + "\n";
    CHECK(problems_of(outcome, folder) == problems);
    const auto values = value_lines(dump(*outcome.configuration, true));
    for (const std::string& line : example.shown) {
      INFO(line);
      CHECK(std::count(values.begin(), values.end(), line) >= 1);
    }
    for (const std::string& line : example.not_shown) {
      INFO(line);
      CHECK(std::count(values.begin(), values.end(), line) == 0);
    }
    CHECK(log_of_interpreter() == example.logged);
  }
}

TEST_CASE("what is shown of an example, read after it or alone, shows the same") {
  for (const Example& example : all_examples()) {
    INFO(example.name << ":\n" << example.code);
    const ConfigurationFolder folder;
    write_example(folder, example);
    const auto first = folder.load({PROJECT_ROOT "/share"});
    const std::string shown = dump(*first.configuration, true);
    folder.write("shown.conf", shown);

    folder.write("again.conf", "load('milter-manager.conf')\nload('shown.conf')\n");
    const auto again = folder.load_file("again.conf", {PROJECT_ROOT "/share"});
    CHECK(value_lines(dump(*again.configuration, true)) == value_lines(shown));
    for (const auto& condition : first.configuration->conditions) {
      INFO(condition.name);
      const auto* same = config::find_condition(*again.configuration, condition.name);
      REQUIRE(same);
      CHECK(same->stages == condition.stages);
      CHECK(same->stopper_stages == condition.stopper_stages);
      CHECK(same->builtin == condition.builtin);
      CHECK(same->accounts.size() == condition.accounts.size());
    }

    const auto alone = folder.load_file("shown.conf");
    CHECK_FALSE(alone.has_errors());
    CHECK(value_lines(dump(*alone.configuration, true)) == value_lines(shown));
  }
}

TEST_CASE("the manual's examples can be read") {
  const auto lines = lines_of(read_text(PROJECT_ROOT "/share/doc/configuration.md"));
  std::vector<std::string> examples;
  bool within = false;
  for (const std::string& line : lines) {
    if (line == "```ruby") examples.emplace_back();
    if (within && line != "```") examples.back() += line + "\n";
    within = line == "```ruby" || (within && line != "```");
  }
  REQUIRE(examples.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    INFO(examples[i]);
    const ConfigurationFolder folder("load('applicable-conditions/*.conf')\nload('example.conf')\n");
    folder.write("example.conf", examples[i]);
    const auto outcome = folder.load({PROJECT_ROOT "/share"});
    CHECK(problems_of(outcome, folder) == "");
    CHECK_FALSE(outcome.configuration->milters.empty());
  }
}
