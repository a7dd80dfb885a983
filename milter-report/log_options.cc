// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iterator>

#include "core/maillog/installed_rules.h"
#include "milter-report/command.h"

namespace milter_manager::report {
namespace {

// Where the systems keep the log of mails.
constexpr const char* kUsualLogs[] = {"/var/log/mail.log", "/var/log/maillog"};

Result<std::optional<double>> moment_of(const std::string& option, const std::string& text, double now) {
  if (text.empty()) return std::nullopt;
  const auto moment = parse_moment(text, now);
  if (moment) return moment;
  return failure(fmt::format("{}: \"{}\" is no time as in 2026-09-14, \"2026-09-14 12:30\", yesterday or -7d",
                             option, text));
}

}  // namespace

void LogOptions::declare(CLI::App& app) {
  app.add_option("--log", logs_, "The same as FILE; may be given several times.")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("file", files_,
                 "Logs: files or patterns, packed or not, in any order; '-' for standard input. Without any: "
                 "/var/log/mail.log or /var/log/maillog.")
      ->type_name("FILE");
  app.add_flag("--rotated", rotated_, "Also read the rotated files beside the logs.");
  app.add_option("--program", program_, "The manager's name in the log.")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--since", since_,
                 "From this time on: 2026-09-14, \"2026-09-14 12:30\", yesterday, -7d, -12h.")
      ->type_name("TIME");
  app.add_option("--until", until_, "Up to this time, which does not count itself.")->type_name("TIME");
  app.add_option("--report-rules", report_rules_,
                 "Rules for what headers say, in TOML, besides those that are installed.")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

Result<LogSelection> LogOptions::period(double now) const {
  LogSelection selection;
  const auto since = moment_of("--since", since_, now);
  if (!since) return tl::unexpected(since.error());
  const auto until = moment_of("--until", until_, now);
  if (!until) return tl::unexpected(until.error());
  selection.since = *since;
  selection.until = *until;
  if (*since && *until && **since >= **until) {
    return failure("--since is not before --until: the period is empty");
  }
  return selection;
}

Result<LogSelection> LogOptions::selection(double now) {
  LogSelection selection;
  selection.paths = logs_;
  selection.paths.insert(selection.paths.end(), files_.begin(), files_.end());
  if (selection.paths.empty()) {
    for (const char* const path : kUsualLogs) {
      std::error_code ignored;
      if (selection.paths.empty() && std::filesystem::exists(path, ignored))
        selection.paths.emplace_back(path);
    }
  }
  if (selection.paths.empty()) {
    return failure(
        "no log: name one, or '-' for standard input; /var/log/mail.log and /var/log/maillog are not there");
  }
  const auto of = period(now);
  if (!of) return of;
  selection.rotated = rotated_;
  selection.program = program_;
  selection.now = now;
  selection.since = of->since;
  selection.until = of->until;
  auto rules = maillog::load_rules(report_rules_);
  if (!rules) return tl::unexpected(rules.error());
  rules_ = std::move(*rules);
  selection.rules = &*rules_;
  return selection;
}

}  // namespace milter_manager::report
