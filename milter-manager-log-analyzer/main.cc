// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "milter-manager-log-analyzer/run.h"

namespace {

using milter_manager::log_analyzer::Options;

constexpr const char* kName = "milter-manager-log-analyzer";

int analyze(int argc, char** argv) {
  Options options;
  std::vector<std::string> more_logs;
  std::string now;
  CLI::App app{
      "Counts milter manager's statistics lines by the minute, in RRD archives, and draws them on a web "
      "page.",
      kName};
  app.set_version_flag("--version", fmt::format("{} {}", kName, MILTER_MANAGER_VERSION));
  app.add_option("--log", options.logs,
                 "Read this log, '-' for standard input; may be given several times, oldest first.")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("file", more_logs, "Logs as with --log. Without any, standard input is read.")
      ->type_name("FILE");
  app.add_option("--output-directory", options.output_directory,
                 "Archives, pictures and index.html are there; it is made if missing.")
      ->type_name("DIR")
      ->capture_default_str();
  bool update_archives = false, keep_archives = false, no_graphs = false;
  auto* update =
      app.add_flag("--update-db", update_archives, "Read logs and update the archives; that is the default.");
  app.add_flag("--no-update-db", keep_archives, "Read no log, only draw what is there.")->excludes(update);
  app.add_flag("--no-graphs", no_graphs, "Update the archives only: no pictures, no page.");
  app.add_option("--now", now, "Take this for the present time, as in 2026-09-14T23:59:00Z.")
      ->type_name("TIME");
  app.add_option("--program", options.program, "The program whose lines count.")
      ->type_name("NAME")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  options.update_archives = !keep_archives;
  options.draw = !no_graphs;
  if (!now.empty()) {
    options.now = milter_manager::log_analyzer::parse_time(now);
    if (!options.now) {
      fmt::print(stderr, "{}: --now: \"{}\" is no time as in 2026-09-14T23:59:00Z\n", kName, now);
      return EXIT_FAILURE;
    }
  }
  options.logs.insert(options.logs.end(), more_logs.begin(), more_logs.end());
  if (options.logs.empty()) options.logs.push_back("-");

  const auto outcome = milter_manager::log_analyzer::run(options);
  for (const std::string& note : outcome.notes) fmt::print(stderr, "{}: {}\n", kName, note);
  for (const std::string& failed : outcome.failures) fmt::print(stderr, "{}: {}\n", kName, failed);
  return outcome.failures.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  ::tzset();
  return analyze(argc, argv);
}
