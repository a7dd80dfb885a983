// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/check_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "milter-report/output.h"
#include "milter-report/render.h"
#include "milter-report/thresholds.h"

namespace milter_manager::report {
namespace {

enum Level : int { ok = 0, warning = 1, critical = 2, unknown = 3 };
constexpr const char* kLevels[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

constexpr double kHour = 3600;

// What is looked at where nobody says anything.
const std::vector<std::string> kWarn = {"failed>1%", "lost>1%", "age>10min"};
const std::vector<std::string> kCrit = {"failed>10%", "age>1h"};

// A "|" begins the performance data, and a line ends the answer.
std::string one_line(std::string_view text) {
  std::string safe = safe_text(text);
  std::replace(safe.begin(), safe.end(), '|', '/');
  return safe;
}

std::string quoted_label(const Measured& measured, const CheckedFigure& figure) {
  std::string label = figure.name;
  if (!measured.milter.empty()) label += "_" + one_line(measured.milter);
  std::replace_if(
      label.begin(), label.end(), [](char byte) { return byte == '\'' || byte == '='; }, '_');
  return "'" + label + "'";
}

class CheckCommand : public Command {
 public:
  std::string_view name() const override { return "check"; }
  std::string_view description() const override {
    return "One line and an exit status (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN) for Nagios and its kin.";
  }
  bool has_document() const override { return false; }
  int usage_status() const override { return unknown; }

  void declare(CLI::App& app) override {
    std::string figures;
    for (const CheckedFigure& figure : checked_figures())
      figures += fmt::format("\n  {}: {}", figure.name, figure.meaning);
    app.add_option(
           "--warn", warn_,
           "Warn if so: FIGURE[:MILTER]>VALUE or <VALUE, as in 'failed>1%', 'wait_p95:spamd>2s'. May be "
           "given several times.")
        ->type_name("EXPRESSION")
        ->allow_extra_args(false);
    app.add_option("--crit", crit_, "The same for what is critical.")
        ->type_name("EXPRESSION")
        ->allow_extra_args(false);
    app.footer(fmt::format(
        "Without --warn and --crit: --warn '{}' --crit '{}'. Without --since: the last hour.\nFigures:{}",
        fmt::join(kWarn, "' --warn '"), fmt::join(kCrit, "' --crit '"), figures));
    logs_.declare(app);
  }

  Outcome run(double now) override {
    auto answer = check(now);
    if (!answer) answer = Answer{unknown, one_line(answer.error().message)};
    Outcome outcome;
    outcome.status = answer->level;
    const auto written = put_out(fmt::format("MILTER {} - {}\n", kLevels[answer->level], answer->text));
    if (!written) outcome.status = unknown;
    return outcome;
  }

 private:
  struct Answer {
    int level = ok;
    std::string text;
  };

  static Result<std::vector<Threshold>> parse(const std::vector<std::string>& texts) {
    std::vector<Threshold> thresholds;
    for (const std::string& text : texts) {
      auto threshold = parse_threshold(text);
      if (!threshold) return tl::unexpected(threshold.error());
      thresholds.push_back(std::move(*threshold));
    }
    return thresholds;
  }

  Result<Answer> check(double now) {
    const bool defaults = warn_.empty() && crit_.empty();
    const auto warn = parse(defaults ? kWarn : warn_);
    if (!warn) return tl::unexpected(warn.error());
    const auto crit = parse(defaults ? kCrit : crit_);
    if (!crit) return tl::unexpected(crit.error());
    auto selection = logs_.selection(now);
    if (!selection) return tl::unexpected(selection.error());
    if (!selection->since) selection->since = selection->until.value_or(now) - kHour;
    SummaryCounter counter(logs_.rules());
    MailVisitor* const visitors[] = {&counter};
    const auto report = read_mails(*selection, visitors);
    if (!report) return tl::unexpected(report.error());
    // Nothing in the period is for "age" and "messages" to judge, nothing at all is no log.
    if (!report->log_first) {
      if (!report->failures.empty()) return failure(unread(*report));
      return failure(*nothing_to_report(*selection, *report, false));
    }
    return judge(*crit, *warn, counter.finish(), *report, now);
  }

  static std::string unread(const ReadReport& report) {
    return fmt::format("not all could be read: {}", fmt::join(report.failures, ", "));
  }

  Answer judge(const std::vector<Threshold>& crit, const std::vector<Threshold>& warn, const Summary& summary,
               const ReadReport& report, double now) const {
    Answer answer;
    std::vector<std::string> reasons, not_known, data;
    std::set<std::string> told;  // a figure that is critical needs no warning
    const auto look = [&](const std::vector<Threshold>& thresholds, int level) {
      for (const Threshold& threshold : thresholds) {
        const auto all = measure(threshold, summary, report, now);
        // Without a name a figure may be missing: there was no message, or there are no such lines.
        if (all.empty() && !threshold.milter.empty()) {
          not_known.push_back(fmt::format("nothing of {} {}", threshold.milter, threshold.figure->name));
        }
        for (const Measured& measured : all) {
          data.push_back(fmt::format("{}={}{}", quoted_label(measured, *threshold.figure), measured.value,
                                     threshold.figure->unit == Unit::seconds ? "s" : ""));
          const bool exceeds =
              threshold.below ? measured.value < threshold.limit : measured.value > threshold.limit;
          if (!exceeds) continue;
          answer.level = std::max(answer.level, level);
          if (!told.insert(quoted_label(measured, *threshold.figure)).second) continue;
          reasons.push_back(fmt::format(
              "{}{}{} {} {} {}", measured.milter, measured.milter.empty() ? "" : " ", threshold.figure->name,
              shown(number(measured.value, threshold.figure->unit)), threshold.below ? "<" : ">",
              shown(number(threshold.limit, threshold.figure->unit))));
        }
      }
    };
    look(crit, critical);
    look(warn, warning);
    // What was read may be fine, and what was not may not.
    if (!report.failures.empty()) not_known.push_back(unread(report));
    if (!not_known.empty() && answer.level == ok) answer.level = unknown;
    reasons.insert(reasons.end(), not_known.begin(), not_known.end());
    std::string text =
        fmt::format("{}{}{} messages, {} connections", fmt::join(reasons, "; "), reasons.empty() ? "" : "; ",
                    shown(count(summary.messages)), shown(count(summary.connections)));
    std::sort(data.begin(), data.end());
    data.erase(std::unique(data.begin(), data.end()), data.end());
    answer.text = one_line(text);
    if (!data.empty()) answer.text += fmt::format(" | {}", fmt::join(data, " "));
    return answer;
  }

  LogOptions logs_;
  std::vector<std::string> warn_, crit_;
};

}  // namespace

std::unique_ptr<Command> make_check_command() { return std::make_unique<CheckCommand>(); }

}  // namespace milter_manager::report
