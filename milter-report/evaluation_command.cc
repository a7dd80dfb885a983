// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/evaluation_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "milter-report/evaluation_document.h"
#include "milter-report/model/trials.h"
#include "milter-report/what_if_document.h"

namespace milter_manager::report {
namespace {

constexpr std::string_view kEnforce = "=enforce";

class EvaluationCommand : public Command {
 public:
  std::string_view name() const override { return "evaluation"; }
  std::string_view description() const override {
    return "What milters in evaluation would have done, and whether they may be enforced.";
  }

  void declare(CLI::App& app) override {
    logs_.declare(app);
    app.add_option("--milter", milters_, "Only this milter; may be given several times.")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option(
           "--what-if", what_ifs_,
           "How all mail would have ended with this milter enforced. Given several times: with all of them.")
        ->type_name("NAME=enforce")
        ->allow_extra_args(false);
    app.add_option(
           "--limit", options_.limit_percent,
           "So many percent of the mails may get lost although nothing but the milter speaks against them.")
        ->type_name("PERCENT")
        ->check(CLI::Range(0.0001, 50.0))
        ->capture_default_str();
    app.add_option("--domains", options_.domains, "So many domains in the table of domains.")
        ->type_name("N")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
  }

  Outcome run(double now) override {
    std::vector<std::string> wanted = milters_, enforced;
    for (const std::string& what_if : what_ifs_) {
      if (what_if.size() <= kEnforce.size() || !std::string_view(what_if).ends_with(kEnforce)) {
        return failed(fmt::format(
            "--what-if: \"{}\" is not NAME=enforce. What later milters would have said of mails that "
            "an enforced milter refused is in no log, so there is no other",
            what_if));
      }
      enforced.push_back(what_if.substr(0, what_if.size() - kEnforce.size()));
    }
    wanted.insert(wanted.end(), enforced.begin(), enforced.end());
    const auto selection = logs_.selection(now);
    if (!selection) return failed(selection.error().message);
    Trials trials(logs_.rules());
    WhatIf what_if(enforced);
    std::vector<MailVisitor*> visitors{&trials};
    if (!enforced.empty()) visitors.push_back(&what_if);
    const auto report = read_mails(*selection, visitors);
    if (!report) return failed(report.error().message);
    if (const auto nothing = nothing_to_report(*selection, *report, true)) return failed(*nothing);
    const std::vector<const Trial*> all = trials.trials();
    const std::string milters = fmt::format("{}", fmt::join(report->milters, ", "));
    if (all.empty()) {
      return failed(fmt::format(
          "no milter was in evaluation: {} messages, milters: {}. Set milter.evaluation_mode = true, or "
          "milter.enforcement_share for a trial with a control group",
          report->messages, milters));
    }
    std::vector<const Trial*> chosen;
    for (const Trial* trial : all) {
      const bool is_wanted =
          wanted.empty() || std::find(wanted.begin(), wanted.end(), trial->name) != wanted.end();
      if (is_wanted) chosen.push_back(trial);
    }
    for (const std::string& name : wanted) {
      const bool is_tried =
          std::any_of(all.begin(), all.end(), [&](const Trial* t) { return t->name == name; });
      if (is_tried) continue;
      const bool exists =
          std::find(report->milters.begin(), report->milters.end(), name) != report->milters.end();
      return failed(exists ? fmt::format("{}: it was never in evaluation in this period, so what it would "
                                         "have done is what it did: see "
                                         "\"milter-report summary\"",
                                         name)
                           : fmt::format("{}: no such milter in the log. There are: {}", name, milters));
    }
    Outcome outcome;
    Document& document = outcome.document.emplace();
    document.command = "evaluation";
    document.title = "Evaluation";
    describe_reading(*selection, *report, document);
    add_evaluation(chosen, *report, options_, document);
    if (!enforced.empty()) {
      // Behind the table of all trials.
      document.sections.insert(document.sections.begin() + 1, what_if_section(what_if.outcome()));
    }
    return outcome;
  }

 private:
  LogOptions logs_;
  std::vector<std::string> milters_, what_ifs_;
  EvaluationOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_evaluation_command() { return std::make_unique<EvaluationCommand>(); }

}  // namespace milter_manager::report
