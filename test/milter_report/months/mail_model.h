// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "milter-report/model/trial.h"

namespace milter_manager::report {

// A site's mail of a month, as it is made: domains of senders with more or fewer mails, in connections of one or several
// mails, judged by a milter on trial ("policy") behind one that marks spam ("content").
struct MailModel {
  std::size_t domains = 400;
  double mails_per_domain = 5;
  double spread = 0.8;  // of the domains' sizes: of their logarithm
  // A domain's probability of refusal is beta(alpha, beta); alpha 0: all have `refused`.
  double refused = 0.03;
  double alpha = 0, beta = 0;
  double supported = 0.8;  // of the refused mails: the other milter marks them too
  double deferred = 0.2;   // of the refused: not rejected, but deferred
  double enforced = 0;     // part of the domains for which it is enforced
  double effect = 0;       // added to the probability of refusal where it is enforced
};

// What the month really held, counted while it was made.
struct MonthTruth {
  std::uint64_t judged = 0, rejected = 0, deferred = 0, unsupported = 0, marked = 0;
  std::uint64_t enforced_judged = 0, enforced_refused = 0;
  std::vector<ClusterCounts> evaluated_clusters, enforced_clusters;  // of refusals
};

// Tells `visitor` of a month.
inline MonthTruth make_month(const MailModel& model, std::uint64_t seed, MailVisitor& visitor) {
  using statistics::Cause;
  using statistics::State;
  using statistics::Status;
  std::mt19937_64 random(seed);
  const auto chance = [&](double p) { return std::uniform_real_distribution<>()(random) < p; };
  std::lognormal_distribution<> size(0, model.spread);
  MonthTruth truth;
  double time = 1'790'000'000;
  std::uint32_t session = 0;
  for (std::size_t i = 0; i < model.domains; ++i) {
    const std::string domain = "d" + std::to_string(i) + ".example";
    const auto mails =
        1 + std::poisson_distribution<std::uint32_t>(size(random) * model.mails_per_domain)(random);
    double refused = model.refused;
    if (model.alpha > 0) {
      const double x = std::gamma_distribution<>(model.alpha)(random);
      const double y = std::gamma_distribution<>(model.beta)(random);
      refused = x / (x + y);
    }
    const bool is_enforced = chance(model.enforced);
    if (is_enforced) refused += model.effect * (1 - refused);
    ClusterCounts cluster;
    std::uint32_t number = 0;
    for (std::uint32_t mail = 0; mail < mails; ++mail) {
      // Half of the mails come in the connection of the one before, in bursts.
      const bool same_connection = mail > 0 && chance(0.5);
      number = same_connection ? number + 1 : 1;
      if (!same_connection) ++session;
      time += same_connection ? 0.5 : std::exponential_distribution<>(1 / 300.0)(random);
      const bool is_refused = chance(refused);
      const bool is_deferred = is_refused && chance(model.deferred);
      const bool is_marked = is_refused && chance(model.supported);

      ChildVerdict content;
      content.name = "content";
      content.state = State::end_of_message;
      content.epoch = time;
      if (is_marked) content.report_keys.push_back(static_cast<std::uint16_t>(maillog::ReportKey::spam));
      ChildVerdict policy;
      policy.name = "policy";
      policy.state = State::end_of_message;
      policy.epoch = time;
      policy.group = is_enforced ? statistics::Group::enforced : statistics::Group::evaluated;
      policy.status = is_deferred ? Status::temporary_failure : is_refused ? Status::reject : Status::pass;
      const ChildVerdict children[] = {content, policy};
      const MtaMail mta{"mx." + domain, "192.0.2.1", "a@" + domain, ""};
      Message message;
      message.time = time;
      message.host = "mail";
      message.session = session;
      message.number = number;
      message.state = State::end_of_message;
      message.status = is_enforced ? policy.status : Status::pass;
      message.queue_id = "4Q";
      message.children = children;
      message.mta = &mta;
      visitor.message(message);

      cluster.mails += 1;
      cluster.hits += is_refused ? 1 : 0;
      if (is_enforced) {
        ++truth.enforced_judged;
        truth.enforced_refused += is_refused ? 1 : 0;
        continue;
      }
      ++truth.judged;
      truth.rejected += is_refused && !is_deferred ? 1 : 0;
      truth.deferred += is_deferred ? 1 : 0;
      truth.unsupported += is_refused && !is_deferred && !is_marked ? 1 : 0;
      truth.marked += is_marked ? 1 : 0;
    }
    (is_enforced ? truth.enforced_clusters : truth.evaluated_clusters).push_back(cluster);
  }
  return truth;
}

}  // namespace milter_manager::report
