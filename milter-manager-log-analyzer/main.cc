// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

#include "core/maillog/installed_rules.h"
#include "milter-manager-log-analyzer/explain.h"
#include "milter-manager-log-analyzer/run.h"

namespace {

using milter_manager::log_analyzer::Options;

constexpr const char* kName = "milter-manager-log-analyzer";

// A reader that is gone does not keep the others from being told.
void tell(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }
void tell_line(std::string_view text) { tell(fmt::format("{}: {}\n", kName, text)); }

// Returns the exit status: what was asked for is worth nothing if it is lost.
int put_out(std::string_view text, int status) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return status;
  tell_line(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
  return EXIT_FAILURE;
}

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
                 "Read what is new in this log: a file or a pattern, '-' for standard input. Packed files "
                 "(gzip, zstd, "
                 "xz) too; rotated files are found by themselves. May be given several times.")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("file", more_logs,
                 "Logs as with --log. Without any, and without --journal, standard input is read.")
      ->type_name("FILE");
  std::string explained;
  unsigned lateness = static_cast<unsigned>(options.lateness.count());
  bool statistics = false;
  app.add_flag("--journal", options.journal, "Read what is new in the systemd journal.");
  app.add_option("--journal-directory", options.journal_directory,
                 "The journal's files are there, as for journalctl --directory.")
      ->type_name("DIR");
  app.add_option("--output-directory", options.output_directory,
                 "Archives, pictures and index.html are there; it is made if missing.")
      ->type_name("DIR")
      ->capture_default_str();
  bool update_archives = false, keep_archives = false, no_graphs = false;
  auto* update =
      app.add_flag("--update-db", update_archives, "Read logs and update the archives; that is the default.");
  app.add_flag("--no-update-db", keep_archives, "Read no log, only draw what is there.")->excludes(update);
  app.add_flag("--no-graphs", no_graphs, "Update the archives only: no pictures, no page.");
  app.add_option(
         "--language", options.languages,
         "The language of index.html and the pictures: en or ja. The page in the other is beside it, and "
         "linked. With both, as in \"ja,en\", each has pictures of its own.")
      ->type_name("LANG[,LANG]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"en", "ja"}))
      ->capture_default_str();
  app.add_option("--now", now, "Take this for the present time, as in 2026-09-14T23:59:00Z.")
      ->type_name("TIME");
  app.add_option("--program", options.program, "The program whose lines count.")
      ->type_name("NAME")
      ->check([](const std::string& name) { return std::string(name.empty() ? "the name is empty" : ""); })
      ->capture_default_str();
  app.add_option("--lateness", lateness,
                 "So many seconds a line may be late; a minute is closed that long after its end, by the "
                 "log's own clock.")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  app.add_flag(
      "--complete", options.complete,
      "The logs get no more lines: their last minutes are stored too, and the page is as of their end.");
  app.add_option("--explain", explained,
                 "Tell how this log line is read and where it counts; do nothing else.")
      ->type_name("LINE");
  app.add_option(
         "--report-rules", options.report_rules,
         "Rules for what headers count, in TOML: a file, or a folder of *.toml. They are added to those "
         "that are installed; a key takes the place of the same key there. May be given several times.")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--openmetrics", options.openmetrics,
                 "Write the minutes that this run stores to a file, with time stamps, for 'promtool tsdb "
                 "create-blocks-from openmetrics'.")
      ->type_name("FILE");
  app.add_option(
         "--textfile", options.textfile,
         "Write the totals of all runs to a file, for the textfile collector of Prometheus' node_exporter.")
      ->type_name("FILE");
  app.add_option("--rrdcached", options.rrdcached,
                 "Update the archives through the rrdcached at this address, as for 'rrdtool --daemon'.")
      ->type_name("ADDRESS")
      ->envname("RRDCACHED_ADDRESS");
  app.add_flag(
      "--upgrade", options.upgrade,
      "Add minutes for 2 days and days for 10 years to archives of older versions; do nothing else.");
  app.add_flag("--stats", statistics, "Tell what took how long.");
  app.add_flag("--json", options.json, "Write the counts to standard output.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  ::unsetenv("RRDCACHED_ADDRESS");  // librrd would take it for its own calls, also those on copies
  options.lateness = std::chrono::seconds(lateness);
  options.journal = options.journal || !options.journal_directory.empty();
  options.update_archives = !keep_archives;
  options.draw = !no_graphs;
  if (!now.empty()) {
    options.now = milter_manager::log_analyzer::parse_time(now);
    if (!options.now) {
      tell_line(fmt::format("--now: \"{}\" is no time as in 2026-09-14T23:59:00Z", now));
      return EXIT_FAILURE;
    }
  }
  options.logs.insert(options.logs.end(), more_logs.begin(), more_logs.end());
  if (app.count("--explain") > 0) {
    const auto rules = milter_manager::maillog::load_rules(options.report_rules);
    if (!rules) {
      tell_line(rules.error().message);
      return EXIT_FAILURE;
    }
    const auto present = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return put_out(milter_manager::log_analyzer::explain(explained, options.program, *rules,
                                                         options.now.value_or(present)),
                   EXIT_SUCCESS);
  }
  if (options.logs.empty() && !options.journal) options.logs.push_back("-");

  const auto outcome = milter_manager::log_analyzer::run(options);
  for (const std::string& note : outcome.notes) tell_line(note);
  for (const std::string& failed : outcome.failures) tell_line(failed);
  if (statistics) {
    for (const auto& phase : outcome.phases) {
      tell_line(fmt::format("{:8.3f} s {:8.3f} s CPU  {}", phase.spent.wall, phase.spent.cpu, phase.name));
    }
  }
  return put_out(outcome.output, outcome.failures.empty() ? EXIT_SUCCESS : EXIT_FAILURE);
}

// librrd writes through mapped memory: a file system without room for what it has promised answers with a signal. What
// was written is a copy beside an archive.
void tell_of_full_disk(int) {
  constexpr std::string_view kMessage =
      "milter-manager-log-analyzer: the disk is full or broken: an archive could not be written. Nothing is "
      "lost, the "
      "next run stores it\n";
  static_cast<void>(!::write(STDERR_FILENO, kMessage.data(), kMessage.size()));
  ::_exit(EXIT_FAILURE);
}

}  // namespace

int main(int argc, char** argv) {
  ::tzset();
  ::signal(SIGBUS, tell_of_full_disk);
  try {
    return analyze(argc, argv);
  } catch (const std::exception& error) {  // memory has run out; what was written are copies
    tell_line(fmt::format("{}; nothing is lost, the next run does what is missing", error.what()));
    return EXIT_FAILURE;
  }
}
