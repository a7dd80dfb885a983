// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/tuning_of_logs.h"

#include <QCoreApplication>

#include "gui/source/tuning_of_archives.h"
#include "milter-report/model/greylist_log.h"
#include "milter-report/model/mails.h"
#include "milter-report/model/milter_load.h"

namespace milter_manager::gui {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Tuning)
};

std::string sentence(const QString& text) { return text.toStdString(); }

double seconds(std::chrono::sys_seconds time) { return static_cast<double>(time.time_since_epoch().count()); }

Result<report::ReadReport> read(const LogQuestion& question, report::MailVisitor& visitor) {
  report::LogSelection selection;
  selection.paths = question.paths;
  selection.since = seconds(question.period.from);
  selection.until = seconds(question.period.to);
  selection.now = question.now;
  selection.rules = question.rules;
  report::MailVisitor* const visitors[] = {&visitor};
  return report::read_mails(selection, visitors);
}

// "The one that was asked for, or the first with such a name": of several only one counts.
class Choice {
 public:
  Choice(std::string milter, bool (*fits)(std::string_view)) : chosen_(std::move(milter)), fits_(fits) {}
  bool is_it(std::string_view name) {
    if (chosen_.empty() && fits_(name)) chosen_ = name;
    return !chosen_.empty() && name == chosen_;
  }
  const std::string& chosen() const { return chosen_; }

 private:
  std::string chosen_;
  bool (*fits_)(std::string_view);
};

}  // namespace

Result<WorkersMaterial> workers_of_logs(const LogQuestion& question, const std::string& milter) {
  Choice choice(milter, asks_spamd);
  report::MilterLoad load({.is_wanted = [&](std::string_view name) { return choice.is_it(name); },
                           .content_only = milter.empty() || asks_spamd(milter)});
  const auto read_report = read(question, load);
  if (!read_report) return tl::unexpected(read_report.error());
  WorkersMaterial material{.period = question.period};
  for (const auto& [name, is_wanted] : load.names()) {
    material.milters.push_back(name);
    if (is_wanted) material.milter = name;
  }
  material.cautions = read_report->failures;
  material.hosts = load.take_hosts();
  std::erase_if(material.hosts, [](const auto& host) {
    return host.second.source() == report::LoadSource::none ||
           (host.second.work.empty() && host.second.load_hours.empty());
  });
  if (material.hosts.empty()) {
    material.cautions.push_back(
        sentence(Words::tr("The logs tell of no milter that asks spamd in this period.")));
  }
  return material;
}

Result<GreylistMaterial> greylist_of_logs(const LogQuestion& question, const std::string& milter) {
  Choice choice(milter, greylists);
  report::GreylistLog log(
      {.is_greylist = [&](std::string_view name) { return choice.is_it(name); }, .rules = question.rules});
  const auto read_report = read(question, log);
  if (!read_report) return tl::unexpected(read_report.error());
  GreylistMaterial material{.period = question.period};
  material.milter = choice.chosen();
  material.cautions = read_report->failures;
  if (log.record().attempts.empty()) {
    material.cautions.push_back(
        sentence(Words::tr("The logs have no lines of the MTA on deferrals: who was deferred, and who came "
                           "back when, is not known.")));
  }
  constexpr double kWindow = 86400;  // who has not come back by then never will
  material.record = log.record();
  material.delays = report::greylist_delays(std::move(log.record()), kWindow);
  return material;
}

Result<EvaluationMaterial> evaluation_of_logs(const LogQuestion& question) {
  auto trials = std::make_shared<report::Trials>(*question.rules);
  const auto read_report = read(question, *trials);
  if (!read_report) return tl::unexpected(read_report.error());
  EvaluationMaterial material{.period = question.period};
  material.cautions = read_report->failures;
  if (trials->trials().empty())
    material.cautions.push_back(
        sentence(Words::tr("The logs tell of no milter in evaluation in this period.")));
  material.trials = std::move(trials);
  return material;
}

}  // namespace milter_manager::gui
