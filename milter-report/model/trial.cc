// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/trial.h"

#include <algorithm>
#include <numeric>

namespace milter_manager::report {
namespace {

using statistics::Cause;
using statistics::State;
using statistics::Status;

// Of a message whose recipients it refused one by one, all of them.
std::optional<Verdict> verdict_on_recipients(const ChildVerdict& child) {
  const std::uint64_t refused = std::uint64_t{child.rejected} + child.deferred;
  if (child.recipients == 0 || refused < child.recipients) return std::nullopt;
  return child.rejected > 0 ? Verdict::reject : Verdict::defer;
}

Verdict verdict_of_status(Status status) {
  switch (status) {
    case Status::reject:
      return Verdict::reject;
    case Status::temporary_failure:
      return Verdict::defer;
    case Status::discard:
      return Verdict::discard;
    case Status::quarantine:
      return Verdict::quarantine;
    case Status::stop:
      return Verdict::stopped;
    case Status::abort:
      return Verdict::unfinished;
    case Status::error:
      return Verdict::failed;
    case Status::pass:
    case Status::accept:
    case Status::skip:
    case Status::progress:
      break;
  }
  return Verdict::let_through;
}

Status status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::reject:
      return Status::reject;
    case Verdict::defer:
      return Status::temporary_failure;
    case Verdict::discard:
      return Status::discard;
    case Verdict::quarantine:
      return Status::quarantine;
    default:
      return Status::pass;
  }
}

std::uint64_t sum(const std::array<std::uint64_t, kVerdicts>& verdicts, bool (*counts)(Verdict)) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kVerdicts; ++i) {
    if (counts(static_cast<Verdict>(i))) total += verdicts[i];
  }
  return total;
}

}  // namespace

Verdict verdict_of(const ChildVerdict& child) {
  switch (child.cause) {
    case Cause::condition:
      return Verdict::stopped;
    case Cause::fallback:
      return Verdict::failed;
    case Cause::cut:
      return verdict_on_recipients(child).value_or(Verdict::unfinished);
    case Cause::answer:
    case Cause::overruled:
      break;
  }
  if (child.state == State::start && child.status == Status::pass) return Verdict::not_asked;
  const Verdict verdict = verdict_of_status(child.status);
  if (is_refusal(verdict) || verdict == Verdict::stopped || verdict == Verdict::failed) return verdict;
  return verdict_on_recipients(child).value_or(verdict);
}

std::uint64_t TrialCounts::judged() const { return sum(verdicts, is_judgement); }
std::uint64_t TrialCounts::refused() const { return sum(verdicts, is_refusal); }

bool is_refused(Status end) {
  return end == Status::reject || end == Status::temporary_failure || end == Status::discard ||
         end == Status::quarantine;
}

Status end_if_enforced(const Message& message, const ChildVerdict& child) {
  const Verdict verdict = verdict_of(child);
  if (!is_refusal(verdict)) return message.status;
  if (!is_refused(message.status)) {
    // Nobody refused it. A message that the client gave up before the milter's verdict would have ended as it did.
    return message.status == Status::abort && message.state < child.state ? message.status
                                                                          : status_of(verdict);
  }
  if (message.state < child.state) return message.status;
  if (message.state > child.state) return status_of(verdict);
  for (const ChildVerdict& other : message.children) {
    if (&other == &child) break;
    if (other.applied() && other.state == child.state && is_refusal(verdict_of(other))) return message.status;
  }
  return status_of(verdict);
}

Clustered share_of(const Trial& trial, ClusterOfTrial::Group ClusterOfTrial::*group, ClusterMember hits,
                   ClusterMember mails) {
  std::vector<ClusterCounts> counts;
  counts.reserve(trial.clusters.size());
  for (const ClusterOfTrial& cluster : trial.clusters) {
    const ClusterOfTrial::Group& own = cluster.*group;
    if (own.*mails > 0) counts.push_back({static_cast<double>(own.*hits), static_cast<double>(own.*mails)});
  }
  return clustered(counts);
}

Clustered Trial::refused_share() const {
  return share_of(*this, &ClusterOfTrial::evaluated, &ClusterOfTrial::Group::refused,
                  &ClusterOfTrial::Group::judged);
}

Clustered Trial::unsupported_share() const {
  return share_of(*this, &ClusterOfTrial::evaluated, &ClusterOfTrial::Group::unsupported,
                  &ClusterOfTrial::Group::judged);
}

GroupDifference group_difference(const Trial& trial, ClusterMember hits, ClusterMember mails) {
  return {share_of(trial, &ClusterOfTrial::enforced, hits, mails),
          share_of(trial, &ClusterOfTrial::evaluated, hits, mails)};
}

TrialConclusion conclude(const Trial& trial, double limit) {
  TrialConclusion result;
  result.limit = limit;
  result.unsupported = trial.unsupported_share();
  result.days = trial.days();
  if (result.unsupported.mails <= 0) return result;
  const double value = result.unsupported.value();
  const Bounds bounds = result.unsupported.bounds();
  if (bounds.high <= limit) {
    result.kind = TrialConclusion::Kind::may_enforce;
  } else if (bounds.low > limit) {
    result.kind = TrialConclusion::Kind::too_strict;
  } else if (value == limit) {
    result.kind = TrialConclusion::Kind::on_the_limit;
  } else {
    result.kind = TrialConclusion::Kind::go_on;
    if (result.days > 0 && result.unsupported.trials > 0) {
      const double trials_a_day = result.unsupported.trials / result.days;
      result.more_days = std::max(trials_to_decide(value, limit) / trials_a_day - result.days, 0.0);
    }
  }
  return result;
}

}  // namespace milter_manager::report
