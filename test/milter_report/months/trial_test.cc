// SPDX-License-Identifier: GPL-3.0-or-later
#include <utility>
#include <vector>

#include "milter-report/model/trials.h"
#include "test/milter_report/months/coverage.h"
#include "test/milter_report/months/mail_model.h"

namespace milter_manager::report {
namespace {

using Group = ClusterOfTrial::Group;

const Trial& policy_of(const Trials& trials) {
  for (const Trial* trial : trials.trials()) {
    if (trial->name == "policy") return *trial;
  }
  FAIL("no trial of that name");
  throw std::logic_error("unreachable");
}

Bounds wilson_of(std::uint64_t hits, std::uint64_t mails) {
  return wilson({static_cast<double>(hits), static_cast<double>(mails)});
}

TEST_CASE(
    "counts of a trial are exact, and what is refused, lost and deferred of independent mails is covered",
    "[months]") {
  const MailModel model;
  const maillog::ReportRules rules;
  Coverage refused, unsupported;
  const double true_unsupported = model.refused * (1 - model.deferred) * (1 - model.supported);
  bool are_exact = true;
  for (int month = 0; month < kMonths; ++month) {
    Trials trials(rules);
    const MonthTruth truth = make_month(model, static_cast<std::uint64_t>(month) + 1, trials);
    const Trial& trial = policy_of(trials);
    const TrialCounts& counts = trial.evaluated;
    are_exact = are_exact && counts.judged() == truth.judged &&
                counts.of(Verdict::reject) == truth.rejected && counts.of(Verdict::defer) == truth.deferred &&
                counts.unsupported == truth.unsupported && counts.marked == truth.marked &&
                trial.refused_share().mails == static_cast<double>(truth.judged);
    refused.add(trial.refused_share().bounds(), model.refused,
                wilson_of(truth.rejected + truth.deferred, truth.judged).width());
    unsupported.add(trial.unsupported_share().bounds(), true_unsupported,
                    wilson_of(truth.unsupported, truth.judged).width());
  }
  CHECK(are_exact);
  refused.require();
  unsupported.require();
}

TEST_CASE("what is refused of mails that are alike within a domain is covered, within a bootstrap by domain",
          "[months]") {
  MailModel model;
  model.alpha = 0.5;
  model.beta = 4.5;
  const maillog::ReportRules rules;
  Coverage refused;
  for (int month = 0; month < kMonths; ++month) {
    Trials trials(rules);
    const MonthTruth truth = make_month(model, static_cast<std::uint64_t>(month) + 1, trials);
    const Bounds resampled =
        bootstrap_difference(truth.evaluated_clusters, {}, 200, static_cast<std::uint64_t>(month) + 1);
    refused.add(policy_of(trials).refused_share().bounds(), model.alpha / (model.alpha + model.beta),
                resampled.width());
  }
  refused.require();
}

TEST_CASE("the difference between the groups of a trial is covered, within a bootstrap by domain",
          "[months]") {
  MailModel model;
  model.alpha = 0.5;
  model.beta = 4.5;
  model.enforced = 0.4;
  model.effect = 0.05;
  const maillog::ReportRules rules;
  const double mean = model.alpha / (model.alpha + model.beta);
  Coverage difference, delivered_marked;
  bool are_exact = true;
  for (int month = 0; month < kMonths; ++month) {
    Trials trials(rules);
    const MonthTruth truth = make_month(model, static_cast<std::uint64_t>(month) + 1, trials);
    const GroupDifference found = group_difference(policy_of(trials), &Group::refused, &Group::judged);
    are_exact = are_exact && found.enforced.mails == static_cast<double>(truth.enforced_judged) &&
                found.enforced.hits == static_cast<double>(truth.enforced_refused);
    const Bounds resampled = bootstrap_difference(truth.enforced_clusters, truth.evaluated_clusters, 200,
                                                  static_cast<std::uint64_t>(month) + 1);
    difference.add(found.bounds(), model.effect * (1 - mean), resampled.width());
    // What is marked is refused where the milter is enforced, and delivered where it is not.
    const Trial& trial = policy_of(trials);
    std::vector<ClusterCounts> enforced, evaluated;
    for (const ClusterOfTrial& cluster : trial.clusters) {
      for (auto [group, counts] :
           {std::pair(&cluster.enforced, &enforced), std::pair(&cluster.evaluated, &evaluated)}) {
        if (group->judged > 0)
          counts->push_back(
              {static_cast<double>(group->delivered_marked), static_cast<double>(group->judged)});
      }
    }
    delivered_marked.add(
        group_difference(trial, &Group::delivered_marked, &Group::judged).bounds(), -mean * model.supported,
        bootstrap_difference(enforced, evaluated, 200, static_cast<std::uint64_t>(month) + 1).width());
  }
  CHECK(are_exact);
  difference.require();
  delivered_marked.require();
}

TEST_CASE(
    "where few domains send most of the mail the difference is covered, though not by a bootstrap by domain",
    "[months]") {
  MailModel model;
  model.domains = 600;
  model.mails_per_domain = 3;
  model.spread = 1.5;
  model.alpha = 0.3;
  model.beta = 2.7;
  model.enforced = 0.15;
  const maillog::ReportRules rules;
  Coverage ours, resampled;
  for (int month = 0; month < kMonths; ++month) {
    Trials trials(rules);
    const MonthTruth truth = make_month(model, static_cast<std::uint64_t>(month) + 1, trials);
    ours.add(group_difference(policy_of(trials), &Group::refused, &Group::judged).bounds(), 0, 1);
    resampled.add(bootstrap_difference(truth.enforced_clusters, truth.evaluated_clusters, 200,
                                       static_cast<std::uint64_t>(month) + 1),
                  0, 1);
  }
  INFO(ours.covered() << " against " << resampled.covered());
  CHECK(ours.covered() >= 0.93);
  CHECK(ours.covered() <= 0.975);
  CHECK(resampled.covered() < 0.93);
}

TEST_CASE("a trial that is said to be decided at some time is, mostly", "[months]") {
  MailModel model;
  model.refused = 0.01;
  model.supported = 0.5;
  model.deferred = 0;
  const double limit = 0.012;
  const maillog::ReportRules rules;
  int early = 0, decided = 0;
  constexpr int kTrials = 100;
  for (int month = 0; month < kTrials; ++month) {
    model.domains = 60;
    Trials little(rules);
    make_month(model, static_cast<std::uint64_t>(month) + 1, little);
    const TrialConclusion before = conclude(policy_of(little), limit);
    if (before.kind != TrialConclusion::Kind::go_on) {
      ++early;
      continue;
    }
    REQUIRE(before.more_days);
    model.domains = static_cast<std::size_t>(60 * (before.days + *before.more_days) / before.days * 1.1) + 1;
    if (model.domains > 4000) continue;
    Trials more(rules);
    make_month(model, static_cast<std::uint64_t>(month) + 1001, more);
    decided += conclude(policy_of(more), limit).kind == TrialConclusion::Kind::may_enforce ? 1 : 0;
  }
  CHECK(early < kTrials * 3 / 4);
  CHECK(decided > (kTrials - early) * 2 / 5);
}

}  // namespace
}  // namespace milter_manager::report
