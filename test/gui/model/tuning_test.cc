// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <catch2/catch.hpp>
#include <numeric>

#include "core/maillog/installed_rules.h"
#include "gui/model/evaluations.h"
#include "gui/model/greylist_delays.h"
#include "gui/model/spamd_children.h"
#include "gui/source/tuning_of_archives.h"
#include "gui/source/tuning_of_logs.h"
#include "test/gui/model/folder.h"
#include "test/milter_report/advice/site.h"

namespace milter_manager::gui {
namespace {

constexpr auto kMonday = static_cast<std::int64_t>(report::kMonday);
constexpr auto kFatal = QAbstractItemModelTester::FailureReportingMode::Fatal;

// Reads the log of a site.
class SiteLogs {
 public:
  explicit SiteLogs(const report::Site& site) : rules_(*maillog::load_rules({})) {
    write_bytes(folder_.filePath("mail.log"), QByteArray::fromStdString(report::log_of(site)));
  }
  LogQuestion question() const {
    return {{folder_.filePath("mail.log").toStdString()},
            {at(kMonday), at(kMonday + 30 * kDay)},
            static_cast<double>(kMonday + 30 * kDay),
            &rules_};
  }

 private:
  QTemporaryDir folder_;
  maillog::ReportRules rules_;
};

}  // namespace

TEST_CASE("the rows on children are milter-report's replay of the same mails") {
  report::Site site;
  site.days = 3;
  site.mails_a_day = 2000;
  site.service = 6;
  const SiteLogs logs(site);
  const auto material = workers_of_logs(logs.question(), "");
  REQUIRE(material);
  REQUIRE(material->hosts.size() == 1);
  const auto& [host, load] = *material->hosts.begin();

  SpamdChildren model;
  const QAbstractItemModelTester tester(&model, kFatal);
  model.set_curve(SpamdChildren::compute(*material, host, std::nullopt));
  REQUIRE(model.rowCount() >= 8);
  for (int row = 0; row < model.rowCount(); ++row) {
    const report::Replay replayed = report::replay(load.work, static_cast<std::uint32_t>(row) + 1);
    CHECK(model.index(row, SpamdChildren::Children).data(Qt::EditRole).toUInt() ==
          static_cast<unsigned>(row) + 1);
    CHECK(model.index(row, SpamdChildren::WaitingShare).data(Qt::EditRole).toDouble() ==
          replayed.waiting_share());
    CHECK(model.index(row, SpamdChildren::LongestWait).data(Qt::EditRole).toDouble() ==
          replayed.longest_wait);
  }
  REQUIRE(model.recommended());
  CHECK(*model.recommended() == report::servers_for(load.work, report::kFewWait));
  CHECK(model.effect(*model.recommended())->waiting_share < 0.01);
  CHECK(model.effect(*model.recommended() - 1)->waiting_share >= 0.01);
  CHECK(model.effect(0) == nullptr);
  CHECK_FALSE(model.is_saturated());

  model.set_memory_of_child(std::uint64_t{100} << 20);
  CHECK(model.index(4, SpamdChildren::Memory).data(Qt::EditRole).toULongLong() == 500ULL << 20);
  CHECK(model.index(4, SpamdChildren::Memory).data().toString() == "500.00 MiB");
  CHECK(SpamdChildren::configuration(8) == "--max-children=8");

  // The distribution covers the time from the first mail to the end of the last.
  const auto& seconds = model.curve().seconds_at_once;
  double end = 0;
  for (const report::Work& piece : load.work) end = std::max(end, piece.end());
  CHECK(std::accumulate(seconds.begin(), seconds.end(), 0.0) == Approx(end - load.work.front().begin));

  // A chosen day alone.
  REQUIRE(model.curve().days.size() == 3);
  model.set_curve(SpamdChildren::compute(*material, host, QDate(2026, 9, 15)));
  const auto day = report::work_between(load.work, static_cast<double>(kMonday + kDay),
                                        static_cast<double>(kMonday + 2 * kDay));
  REQUIRE(model.curve().count);
  CHECK(model.curve().count->mails == day.size());
  CHECK(model.index(0, SpamdChildren::WaitingShare).data(Qt::EditRole).toDouble() ==
        report::replay(day, 1).waiting_share());
  model.set_curve(SpamdChildren::compute(*material, "no such host", std::nullopt));
  CHECK(model.rowCount() == 0);
  CHECK_FALSE(model.recommended());
}

TEST_CASE("with too few children nothing is recommended") {
  report::Site site;
  site.days = 2;
  site.mails_a_day = 3000;
  site.children = 1;
  site.service = 15;
  const SiteLogs logs(site);
  const auto material = workers_of_logs(logs.question(), "");
  REQUIRE(material);
  SpamdChildren model;
  model.set_curve(SpamdChildren::compute(*material, material->hosts.begin()->first, std::nullopt));
  CHECK(model.is_saturated());
  CHECK_FALSE(model.recommended());
}

TEST_CASE("of archives the rows are Erlang's, for the busiest hour") {
  const QTemporaryDir folder;
  make_archive(folder.path().toStdString(), archive::Kind::milter_load, "spamass-milter", kNewest - kDay,
               kNewest);
  make_archive(folder.path().toStdString(), archive::Kind::milter_load, "spamd-2", kNewest - kDay, kNewest);
  const auto material =
      workers_of_archives(folder.path().toStdString(), {at(kNewest - kDay), at(kNewest)}, "");
  REQUIRE(material);
  CHECK(material->milter == "spamass-milter");
  CHECK(material->milters.size() == 2);
  CHECK_FALSE(material->cautions.empty());
  SpamdChildren model;
  const QAbstractItemModelTester tester(&model, kFatal);
  model.set_curve(SpamdChildren::compute(*material, "", std::nullopt));
  REQUIRE(model.recommended());
  REQUIRE(model.effect(*model.recommended()) != nullptr);
  CHECK(model.effect(*model.recommended())->waiting_share < report::kFewWait);
  CHECK(model.effect(*model.recommended() - 1)->waiting_share >= report::kFewWait);
  CHECK_FALSE(model.index(0, SpamdChildren::MeanWait).data().isValid());
  CHECK(model.curve().seconds_at_once.size() > 1);
  CHECK_FALSE(evaluation_of_archives("/nowhere", {at(kNewest - kDay), at(kNewest)}));
}

TEST_CASE("the rows on delays are milter-report's effects, and can be copied as configuration") {
  report::Site site;
  site.days = 5;
  const SiteLogs logs(site);
  const auto material = greylist_of_logs(logs.question(), "");
  REQUIRE(material);
  GreylistDelays model;
  const QAbstractItemModelTester tester(&model, kFatal);
  model.set_delays(material->delays);
  REQUIRE(model.rowCount() == static_cast<int>(report::kDelays));
  const int row = model.row_of(600);
  REQUIRE(row == 9);
  const report::DelayEffect& effect = material->delays.effects[9];
  CHECK(model.index(row, GreylistDelays::Delay).data().toString() == "10m");
  CHECK(model.index(row, GreylistDelays::Caught).data(Qt::EditRole).toULongLong() == effect.caught);
  CHECK(model.index(row, GreylistDelays::MedianWait).data(Qt::EditRole).toDouble() == effect.median_wait);
  CHECK(model.index(row, GreylistDelays::Known).data(Qt::EditRole).toBool() != effect.is_estimate);
  CHECK(model.row_of(0) == -1);
  CHECK(model.row_of(1e9) == -1);
  CHECK(GreylistDelays::configuration(600, 7 * 86400) == "subnetmatch /24\ngreylist 10m\nautowhite 1w\n");
}

TEST_CASE("the rows on trials are milter-report's, and tell what enforcement would have done") {
  report::Site site;
  site.days = 4;
  site.enforced = 0.5;
  const SiteLogs logs(site);
  auto material = evaluation_of_logs(logs.question());
  REQUIRE(material);
  Evaluations model;
  const QAbstractItemModelTester tester(&model, kFatal);
  model.set_material(*material);
  REQUIRE(model.rowCount() == 1);
  const report::Trial& trial = *material->trials->trials()[0];
  CHECK(model.trial(0) == &trial);
  const auto number = [&](int column) { return model.index(0, column).data(Qt::EditRole); };
  CHECK(number(Evaluations::Judged).toULongLong() == trial.evaluated.judged());
  CHECK(number(Evaluations::Refused).toULongLong() == trial.evaluated.refused());
  CHECK(number(Evaluations::RefusedShare).toDouble() == trial.refused_share().value());
  CHECK(number(Evaluations::ControlJudged).toULongLong() == trial.enforced.judged());
  CHECK(number(Evaluations::Conclusion).toString().size() > 10);
  CHECK(model.configuration(0) ==
        "define_milter(\"policy\") do |milter|\n  milter.evaluation_mode = false\nend\n");
  CHECK(model.configuration(1).isEmpty());
}

TEST_CASE("of archives trials have counts, and a name in them does no harm in a configuration") {
  EvaluationMaterial material;
  report::ArchiveCounts counts;
  counts.kind = archive::Kind::milter_evaluation;
  counts.milter = "a\"#{`id`}\\\n";
  counts.counts = {{"pass", 70}, {"reject", 20}, {"temporary_failure", 10}};
  material.counts.push_back(counts);
  Evaluations model;
  const QAbstractItemModelTester tester(&model, kFatal);
  model.set_material(material);
  REQUIRE(model.rowCount() == 1);
  CHECK(model.index(0, Evaluations::Judged).data(Qt::EditRole).toULongLong() == 100);
  CHECK(model.index(0, Evaluations::RefusedShare).data().toString() == "30.0 %");
  CHECK(model.index(0, Evaluations::Lost).data(Qt::EditRole).toULongLong() == 20);
  CHECK_FALSE(model.index(0, Evaluations::Unsupported).data().isValid());
  CHECK(model.trial(0) == nullptr);
  CHECK(model.configuration(0).startsWith("define_milter(\"a\\\"\\#{`id`}\\\\\\x0a\") do"));
}

}  // namespace milter_manager::gui
