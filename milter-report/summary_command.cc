// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/summary_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "milter-report/archive_document.h"
#include "milter-report/render.h"
#include "milter-report/summary_document.h"

namespace milter_manager::report {
namespace {

class SummaryCommand : public Command {
 public:
  std::string_view name() const override { return "summary"; }
  std::string_view description() const override {
    return "What happened: messages, verdicts, waits, of each milter and in all.";
  }
  void declare(CLI::App& app) override {
    app.add_option("--archives", archives_,
                   "Sum up the archives of milter-manager-log-analyzer in this folder, and read no log: the "
                   "last seven days, "
                   "without --since.")
        ->type_name("DIR");
    logs_.declare(app);
  }

  Outcome run(double now) override { return archives_.empty() ? of_logs(now) : of_archives(now); }

 private:
  Outcome of_logs(double now) {
    const auto selection = logs_.selection(now);
    if (!selection) return failed(selection.error().message);
    SummaryCounter counter(logs_.rules());
    MailVisitor* const visitors[] = {&counter};
    const auto report = read_mails(*selection, visitors);
    if (!report) return failed(report.error().message);
    if (const auto nothing = nothing_to_report(*selection, *report, false)) return failed(*nothing);
    Outcome outcome;
    Document& document = outcome.document.emplace();
    document.command = "summary";
    document.title = "Summary";
    describe_reading(*selection, *report, document);
    add_summary(counter.finish(), *report, logs_.rules(), document);
    return outcome;
  }

  Outcome of_archives(double now) {
    constexpr double kWeek = 7 * 86400;
    const auto period = logs_.period(now);
    if (!period) return failed(period.error().message);
    if (logs_.named()) return failed("--archives reads no log: name the one or the other");
    const double until = period->until.value_or(now);
    const double since = period->since.value_or(until - kWeek);
    if (since >= until) return failed("--since is not before --until: the period is empty");
    const auto minute = [](double time) {
      return std::chrono::sys_seconds(
          std::chrono::seconds(static_cast<std::int64_t>(std::floor(time / 60)) * 60));
    };
    const auto summary = sum_archives(archives_, minute(since), minute(until));
    if (!summary) return failed(summary.error().message);
    const auto text = [](std::chrono::sys_seconds time) {
      return shown(number(static_cast<double>(time.time_since_epoch().count()), Unit::time));
    };
    if (summary->archives.empty() && !summary->failures.empty())
      return failed(fmt::format("not all could be read: {}", fmt::join(summary->failures, "; ")));
    if (summary->archives.empty()) {
      return failed(fmt::format("{}: nothing from {} to {}; the newest minute stored is {}", archives_,
                                text(minute(since)), text(minute(until)), text(summary->newest)));
    }
    Outcome outcome;
    Document& document = outcome.document.emplace();
    document.command = "summary";
    document.title = "Summary";
    document.about = {{"period", fmt::format("{} to {}", text(summary->first), text(minute(until)))},
                      {"archives", archives_},
                      {"newest", text(summary->newest)}};
    for (const std::string& unread : summary->failures)
      document.cautions.push_back("Not all could be read: " + unread);
    if (summary->first < minute(since)) {
      document.cautions.emplace_back(
          "The oldest rows are longer than a minute: a little before the period is counted, too.");
    }
    add_archive_summary(*summary, document);
    return outcome;
  }

  LogOptions logs_;
  std::string archives_;
};

}  // namespace

std::unique_ptr<Command> make_summary_command() { return std::make_unique<SummaryCommand>(); }

}  // namespace milter_manager::report
