// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "milter-report/commands.h"
#include "milter-report/output.h"

namespace {

using milter_manager::report::Command;
using milter_manager::report::commands;
using milter_manager::report::Outcome;
using milter_manager::report::OutputOptions;

constexpr const char* kName = "milter-report";
// A link of this name is `milter-report processes`.
constexpr const char* kStatisticsName = "milter-report-statistics";

void tell_line(std::string_view text) {
  const std::string line = fmt::format("{}: {}\n", kName, milter_manager::report::safe_text(text));
  std::fwrite(line.data(), 1, line.size(), stderr);
}

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int run_unguarded(Command& command, const OutputOptions& output, const std::string& now_text) {
  double now = wall_clock();
  if (!now_text.empty()) {
    const auto moment = milter_manager::report::parse_moment(now_text, now);
    if (!moment) {
      tell_line(fmt::format("--now: \"{}\" is no time as in 2026-09-14T23:59:00Z", now_text));
      return command.usage_status();
    }
    now = *moment;
  }
  Outcome outcome = command.run(now);
  for (const std::string& note : outcome.notes) tell_line(note);
  if (!outcome.document) return outcome.status;
  const auto written = output.put(*outcome.document, now);
  if (written) return outcome.status;
  tell_line(written.error().message);
  return command.usage_status();
}

// A check has a status of its own for what cannot be told, also where memory has run out.
int run(Command& command, const OutputOptions& output, const std::string& now_text) {
  try {
    return run_unguarded(command, output, now_text);
  } catch (const std::exception& error) {
    tell_line(error.what());
    return command.usage_status();
  }
}

// The command line, without the program's name, in the order that CLI11 wants: the last word first.
std::vector<std::string> words(int argc, char** argv) {
  std::vector<std::string> given(argv + std::min(argc, 1), argv + argc);
  const bool is_statistics = argc > 0 && std::filesystem::path(argv[0]).filename() == kStatisticsName;
  if (is_statistics && (given.empty() || given[0] != "--version")) given.insert(given.begin(), "processes");
  std::reverse(given.begin(), given.end());
  return given;
}

int report(int argc, char** argv) {
  CLI::App app{
      "Answers questions from milter manager's logs: what happened, what would happen, what to change.",
      kName};
  app.set_version_flag("--version", fmt::format("{} {}", kName, MILTER_MANAGER_VERSION));
  app.require_subcommand(1);
  const auto all = commands();
  OutputOptions output;
  std::string now;
  for (const auto& command : all) {
    CLI::App* const sub =
        app.add_subcommand(std::string(command->name()), std::string(command->description()));
    command->declare(*sub);
    if (command->has_document()) output.declare(*sub);
    sub->add_option("--now", now, "Take this for the present time, as in 2026-09-14T23:59:00Z.")
        ->type_name("TIME");
  }
  const auto chosen = [&]() -> Command* {
    for (const auto& command : all) {
      if (app.get_subcommand(std::string(command->name()))->parsed()) return command.get();
    }
    return nullptr;
  };
  try {
    app.parse(words(argc, argv));
  } catch (const CLI::ParseError& error) {
    Command* const command = chosen();
    if (app.exit(error) == 0) return EXIT_SUCCESS;  // --help, --version
    return command != nullptr ? command->usage_status() : EXIT_FAILURE;
  }
  return run(*chosen(), output, now);
}

}  // namespace

int main(int argc, char** argv) {
  ::tzset();
  try {
    return report(argc, argv);
  } catch (const std::exception& error) {  // memory has run out
    tell_line(error.what());
    return EXIT_FAILURE;
  }
}
