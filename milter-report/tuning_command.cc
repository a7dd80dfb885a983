// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/tuning_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>

#include "milter-report/greylist_document.h"
#include "milter-report/model/archive_load.h"
#include "milter-report/model/greylist_delays.h"
#include "milter-report/model/greylist_log.h"
#include "milter-report/model/mentions.h"
#include "milter-report/model/milter_load.h"
#include "milter-report/render.h"
#include "milter-report/workers_document.h"

namespace milter_manager::report {
namespace {

constexpr double kHour = 3600;

class TuningCommand : public Command {
 public:
  std::string_view name() const override { return "tuning"; }
  std::string_view description() const override {
    return "How many children spamd (or how many workers a milter) needs, and which delay greylisting.";
  }

  void declare(CLI::App& app) override {
    app.add_option("target", target_, "spamd, greylist, or a milter's name.")
        ->required()
        ->type_name("spamd|greylist|NAME");
    logs_.declare(app);
    app.add_option("--milter", milter_,
                   "The milter that asks spamd, or that greylists; else the one with \"spamass\" or "
                   "\"greylist\" in its name.")
        ->type_name("NAME");
    app.add_option("--children", workers_, "spamd, NAME: so many children (workers) there are now.")
        ->type_name("N")
        ->check(CLI::Range(1, 100'000));
    app.add_option("--child-memory", memory_, "spamd, NAME: what one takes, as in 80M.")
        ->type_name("SIZE")
        ->transform(CLI::AsSizeValue(false));
    app.add_option("--smtp-connections", connections_,
                   "spamd: so many SMTP connections there are at once, at most.")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000'000));
    app.add_flag("--shared", shared_,
                 "spamd, NAME: all hosts share the children; else each host has its own.");
    app.add_option("--archives", archives_,
                   "spamd, NAME: read the archives of milter-manager-log-analyzer in this folder, and no "
                   "log: the last seven days, "
                   "without --since.")
        ->type_name("DIR");
    app.add_option("--window", window_hours_,
                   "greylist: who has not come back after so many hours never will.")
        ->type_name("HOURS")
        ->check(CLI::Range(1.0, 240.0))
        ->capture_default_str();
  }

  Outcome run(double now) override {
    if (!archives_.empty()) return of_archives(now);
    const auto selection = logs_.selection(now);
    if (!selection) return failed(selection.error().message);
    return target_ == "greylist" ? greylist(*selection) : workers(*selection);
  }

 private:
  // What `visitor` is told; the document's head. None: why not.
  Result<ReadReport> read(const LogSelection& selection, MailVisitor& visitor, Outcome& outcome) const {
    MailVisitor* const visitors[] = {&visitor};
    auto report = read_mails(selection, visitors);
    if (!report) return report;
    Document& document = outcome.document.emplace();
    document.command = "tuning";
    document.title = "Tuning: " + target_;
    describe_reading(selection, *report, document);
    return report;
  }

  bool is_spamd() const { return target_ == "spamd"; }
  // The name that was asked for; "" for whichever asks spamd.
  const std::string& exact() const { return is_spamd() ? milter_ : target_; }
  bool is_wanted(std::string_view milter) const {
    return exact().empty() ? mentions(milter, "spamass") || mentions(milter, "spamd") : milter == exact();
  }

  // Why there is no answer, with these milters in the log (or archives), `wanted` of which were meant. None: there is one.
  std::optional<std::string> why_not(const std::vector<std::string>& all,
                                     const std::vector<std::string>& wanted, std::string_view where) const {
    if (wanted.size() > 1) {
      return fmt::format("several milters may ask spamd: {}. Say which: --milter NAME",
                         fmt::join(wanted, ", "));
    }
    if (wanted.empty() && !exact().empty()) {
      return fmt::format("{}: no such milter in the {}. There are: {}", exact(), where, names_of(all));
    }
    return std::nullopt;
  }
  static std::string names_of(const std::vector<std::string>& all) {
    return all.empty() ? "none" : fmt::format("{}", fmt::join(all, ", "));
  }

  WorkersQuestion question() const {
    WorkersQuestion question;
    question.name = is_spamd() ? "spamd" : target_;
    question.is_spamd = is_spamd();
    if (!is_spamd()) question.setting = "the number of its workers";
    question.workers = workers_;
    question.memory = memory_;
    question.connections = connections_;
    return question;
  }

  Outcome workers(const LogSelection& selection) {
    MilterLoad load({.is_wanted = [&](std::string_view milter) { return is_wanted(milter); },
                     .content_only = is_spamd(),
                     .shared = shared_});
    Outcome outcome;
    const auto report = read(selection, load, outcome);
    if (!report) return failed(report.error().message);
    std::vector<std::string> wanted, all;
    for (const auto& [milter, is_wanted_one] : load.names()) {
      all.push_back(milter);
      if (is_wanted_one) wanted.push_back(milter);
    }
    const auto nothing = nothing_to_report(selection, *report, false);
    if (const auto why = why_not(all, wanted, "log")) return failed(nothing.value_or(*why));
    Document& document = *outcome.document;
    if (wanted.empty()) {
      document.cautions.push_back(
          nothing.value_or(fmt::format("No milter with \"spamass\" in its name is in the log (there are: "
                                       "{}); --milter NAME names another.",
                                       names_of(all))));
    } else {
      document.about.emplace_back("milter", wanted.front());
    }
    add_workers(load.take_hosts(), question(), document);
    return outcome;
  }

  Outcome of_archives(double now) {
    if (target_ == "greylist") {
      return failed("--archives: what greylisting did to single mails no archive tells. Name the logs");
    }
    if (logs_.named()) return failed("--archives reads no log: name the one or the other");
    const auto period = logs_.period(now);
    if (!period) return failed(period.error().message);
    constexpr double kWeek = 7 * 86400;
    const double until = period->until.value_or(now);
    const double since = period->since.value_or(until - kWeek);
    const auto minute = [](double time) {
      return std::chrono::sys_seconds(
          std::chrono::seconds(static_cast<std::int64_t>(std::floor(time / 60)) * 60));
    };
    auto found = load_of_archives(
        archives_, [&](std::string_view milter) { return is_wanted(milter); }, minute(since), minute(until));
    if (!found) return failed(found.error().message);
    if (const auto why = why_not(found->milters, found->wanted, "archives")) return failed(*why);
    if (found->wanted.empty()) {
      return failed(
          fmt::format("{}: no load archive of a milter with \"spamass\" in its name (there are: {}); "
                      "--milter NAME names another",
                      archives_, names_of(found->milters)));
    }
    const auto text = [](double time) { return shown(number(time, Unit::time)); };
    if (found->load.load_hours.empty() && !found->failures.empty())
      return failed(fmt::format("not all could be read: {}", fmt::join(found->failures, "; ")));
    if (found->load.load_hours.empty()) {
      return failed(fmt::format("{}: nothing of {} from {} to {}", archives_, found->wanted.front(),
                                text(since), text(until)));
    }
    Outcome outcome;
    Document& document = outcome.document.emplace();
    document.command = "tuning";
    document.title = "Tuning: " + target_;
    document.about = {{"period", fmt::format("{} to {}", text(since), text(until))},
                      {"archives", archives_},
                      {"milter", found->wanted.front()}};
    for (const std::string& unread : found->failures)
      document.cautions.push_back("Not all could be read: " + unread);
    document.cautions.emplace_back(
        "Archives tell how many were busy at once, and of no single mail: no replay, no service times, none "
        "of spamd's own lines.");
    if (found->longest_step > std::chrono::hours(1)) {
      document.cautions.push_back(
          fmt::format("So far back the archives have one row for {}: what is called an hour here is the "
                      "mean of such a row, and its busiest hour was busier.",
                      shown(number(static_cast<double>(found->longest_step.count()), Unit::seconds))));
    }
    std::map<std::string, HostLoad, std::less<>> hosts;
    hosts.emplace("", std::move(found->load));
    add_workers(hosts, question(), document);
    return outcome;
  }

  Outcome greylist(const LogSelection& selection) {
    std::string seen;
    GreylistLog log({.is_greylist =
                         [&](std::string_view milter) {
                           const bool is_it =
                               milter_.empty() ? mentions(milter, "greylist") : milter == milter_;
                           if (is_it && seen.empty()) seen = milter;
                           return is_it;
                         },
                     .rules = selection.rules});
    Outcome outcome;
    const auto report = read(selection, log, outcome);
    if (!report) return failed(report.error().message);
    if (const auto nothing = nothing_to_report(selection, *report, false);
        nothing && log.record().attempts.empty()) {
      return failed(*nothing);
    }
    if (log.record().attempts.empty() && log.record().told_delays.empty() && seen.empty()) {
      return failed(
          "no greylisting in the log: no deferral with the word \"greylist\", no X-Greylist header, and no "
          "milter "
          "with \"greylist\" in its name (--milter NAME names another)");
    }
    Document& document = *outcome.document;
    if (log.record().attempts.empty()) {
      document.cautions.emplace_back(
          "The log has no lines of the MTA on deferrals: who was deferred, and who came back when, is not "
          "known.");
    }
    const GreylistDelays found = greylist_delays(log.record(), window_hours_ * kHour);
    add_greylist(log.record(), found, seen.empty() ? "greylisting" : seen, document);
    return outcome;
  }

  LogOptions logs_;
  std::string target_, milter_, archives_;
  std::optional<std::uint32_t> workers_;
  std::optional<std::uint64_t> memory_, connections_;
  bool shared_ = false;
  double window_hours_ = 24;
};

}  // namespace

std::unique_ptr<Command> make_tuning_command() { return std::make_unique<TuningCommand>(); }

}  // namespace milter_manager::report
