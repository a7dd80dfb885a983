// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/report_rules.h"
#include "core/result.h"
#include "milter-report/document.h"
#include "milter-report/model/mails.h"

namespace CLI {
class App;
}

namespace milter_manager::report {

// What a command hands back.
struct Outcome {
  std::optional<Document> document;  // none: the command has printed by itself, or failed
  std::vector<std::string> notes;    // to standard error, a line each
  int status = EXIT_SUCCESS;         // 1: nothing could be computed, and a note says why
};

inline Outcome failed(std::string why) {
  Outcome outcome;
  outcome.notes.push_back(std::move(why));
  outcome.status = EXIT_FAILURE;
  return outcome;
}

// A subcommand: "milter-report NAME …". To add one: derive it in a file of its own, NAME_command.cc, with a function that makes
// it, and name that function in commands.cc.
class Command {
 public:
  virtual ~Command() = default;
  virtual std::string_view name() const = 0;         // "summary"
  virtual std::string_view description() const = 0;  // a sentence for --help
  // Adds options and arguments. They are read into members: the object outlives the parsing.
  virtual void declare(CLI::App& app) = 0;
  // Does the work. `now`: Unix seconds, as --now or the clock says.
  virtual Outcome run(double now) = 0;
  // Whether --text, --json, --csv, --html, --table and --output are for it.
  virtual bool has_document() const { return true; }
  // The exit status for a command line that can't be understood.
  virtual int usage_status() const { return EXIT_FAILURE; }
};

// The options that all commands have that read logs: FILE…, --log, --rotated, --program, --since, --until, --report-rules.
class LogOptions {
 public:
  void declare(CLI::App& app);
  // Makes a selection of them; loads the rules, which are kept here. Error: a sentence on what is wrong with them.
  Result<LogSelection> selection(double now);
  // Only --since and --until of it.
  Result<LogSelection> period(double now) const;
  const maillog::ReportRules& rules() const { return *rules_; }
  // Whether any log was named.
  bool named() const { return !logs_.empty() || !files_.empty(); }

 private:
  std::vector<std::string> logs_, files_, report_rules_;
  std::string program_ = "milter-manager";
  std::string since_, until_;
  bool rotated_ = false;
  std::optional<maillog::ReportRules> rules_;
};

// "2026-09-14", "2026-09-14 12:30", "2026-09-14T12:30:00+02:00" (local time without an offset), "yesterday", "today", "now", "-7d", "-12h",
// "-30min". None for anything else.
std::optional<double> parse_moment(std::string_view text, double now);

// "period" and "log" for Document::about, and the cautions that every report has: lost lines, what could not be read, no heartbeat.
void describe_reading(const LogSelection& selection, const ReadReport& report, Document& document);

// What to say when there is nothing in the logs to report on: no log, no event, none in the period, no message lines (where
// `needs_messages`: of which milter-report can't do without). None where there is.
std::optional<std::string> nothing_to_report(const LogSelection& selection, const ReadReport& report,
                                             bool needs_messages);

}  // namespace milter_manager::report
