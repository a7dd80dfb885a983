// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "core/maillog/fingerprint.h"
#include "milter-report/model/sender.h"

namespace milter_manager::report {
namespace {

using statistics::Group;
using statistics::Status;

constexpr std::size_t kSharedClusters = 4096;

bool is_delivered(Status status) { return status == Status::pass || status == Status::accept; }

}  // namespace

Trials::Trials(const maillog::ReportRules& rules) {
  const auto& keys = rules.keys();
  bad_keys_.resize(keys.size());
  good_keys_.resize(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string& name = keys[i].name;
    bad_keys_[i] = name == "spam" || name == "virus";
    good_keys_[i] = name == "dkim_pass" || name == "spf_pass" || name == "dmarc_pass";
  }
}

Trials::Marks Trials::marks(const ChildVerdict& child) const {
  Marks result;
  for (const std::uint16_t key : child.report_keys) {
    if (key >= bad_keys_.size()) continue;
    result.bad = result.bad || bad_keys_[key];
    result.good = result.good || good_keys_[key];
  }
  return result;
}

// In no time zone does the hour change within a quarter of an hour of UTC.
int Trials::hour_of_day(double time) {
  constexpr double kQuarter = 900;
  const double quarter = std::floor(time / kQuarter);
  if (quarter == quarter_) return hour_;
  quarter_ = quarter;
  const auto seconds = static_cast<std::time_t>(time);
  std::tm local{};
  return localtime_r(&seconds, &local) != nullptr ? std::clamp(local.tm_hour, 0, 23) : 0;
}

Trial& Trials::trial(const ChildVerdict& child) {
  if (child.milter < of_milters_.size()) {
    Trial* const known = of_milters_[child.milter];
    if (known != nullptr && known->name == child.name) return *known;
  }
  // Lines may claim any milter: those beyond are one.
  const std::uint32_t number = names_.number(child.name);
  if (number == trials_.size()) {
    trials_.emplace_back().name = names_.name(number);
    trials_.back().domain_names = &domains_.all();
  }
  if (of_milters_.size() <= child.milter) of_milters_.resize(child.milter + 1);
  return *(of_milters_[child.milter] = &trials_[number]);
}

// What is nearest to the sender and known: domain, network, connection.
std::uint32_t Trials::cluster_of(const Message& message) {
  if (!domain_.empty()) {
    if (domain_number_ >= kMaximumDomains) return cluster_of(maillog::fingerprint(domain_));
    if (domain_clusters_.size() <= domain_number_) domain_clusters_.resize(domain_number_ + 1, kNoCluster);
    std::uint32_t& cluster = domain_clusters_[domain_number_];
    if (cluster == kNoCluster) cluster = cluster_of(maillog::fingerprint(domain_));
    return cluster;
  }
  if (message.mta != nullptr && !message.mta->client_address.empty())
    return cluster_of(network_number(message.mta->client_address));
  return cluster_of(
      maillog::fingerprint(fmt::format("c{}\n{}\n{}", message.host, message.pid, message.session)));
}

std::uint32_t Trials::cluster_of(std::uint64_t hash) {
  if (clusters_.size() >= kMaximumClusters) {
    const auto found = clusters_.find(hash);
    return found != clusters_.end() ? found->second
                                    : static_cast<std::uint32_t>(kMaximumClusters + hash % kSharedClusters);
  }
  return clusters_.emplace(hash, static_cast<std::uint32_t>(clusters_.size())).first->second;
}

void Trials::message(const Message& message) {
  verdicts_.clear();
  marks_.clear();
  for (const ChildVerdict& child : message.children) {
    verdicts_.push_back(verdict_of(child));
    marks_.push_back(marks(child));
  }
  domain_.clear();
  sender_ = 0;
  hour_ = hour_of_day(message.time);
  if (message.mta != nullptr && message.mta->sender) {
    domain_ = domain_of(*message.mta->sender);
    domain_number_ = domains_.number(domain_);
    if (!domain_.empty() && !message.mta->client_address.empty()) {
      sender_ = network_number(message.mta->client_address) ^ maillog::fingerprint(*message.mta->sender);
    }
  }
  cluster_ = cluster_of(message);
  follow(message);
  for (std::size_t i = 0; i < message.children.size(); ++i) {
    count(trial(message.children[i]), message, i);
  }
}

// Mail that all let through unmarked speaks for what was lost of the same sender before.
void Trials::follow(const Message& message) {
  if (sender_ == 0 || !is_delivered(message.status)) return;
  const auto found = waiting_.find(sender_);
  if (found == waiting_.end()) return;
  const bool is_marked = std::any_of(marks_.begin(), marks_.end(), [](const Marks& m) { return m.bad; });
  const bool is_refused = std::any_of(verdicts_.begin(), verdicts_.end(), is_refusal);
  if (is_marked || is_refused) return;
  for (const Waiting& waiting : found->second) waiting.trial->evaluated.came_later += waiting.mails;
  waiting_.erase(found);
}

void Trials::count(Trial& trial, const Message& message, std::size_t own) {
  const ChildVerdict& child = message.children[own];
  const Verdict verdict = verdicts_[own];
  const bool is_evaluated = child.group == Group::evaluated;
  TrialCounts& counts = is_evaluated ? trial.evaluated : trial.enforced;
  if (is_evaluated) {
    if (!trial.first) {
      trial.first = message.time;
      trial.enforced_before = trial.enforced.judged();
    }
    trial.last = std::max(trial.last.value_or(message.time), message.time);
  }

  bool is_marked = false, is_authenticated = false, is_caught_too = false, is_lost_too = false;
  for (std::size_t i = 0; i < message.children.size(); ++i) {
    if (i == own) continue;
    is_marked = is_marked || marks_[i].bad;
    is_authenticated = is_authenticated || marks_[i].good;
    is_caught_too = is_caught_too || is_refusal(verdicts_[i]);
    is_lost_too = is_lost_too || is_loss(verdicts_[i]);
  }
  const bool is_unsupported = is_loss(verdict) && !is_lost_too && !is_marked;
  const bool was_delivered = is_delivered(message.status);

  ++counts.verdicts[static_cast<std::size_t>(verdict)];
  counts.waited += child.waited;
  ++counts.ended;
  if (is_judgement(verdict)) {
    counts.delivered += was_delivered ? 1 : 0;
    counts.delivered_marked += was_delivered && is_marked ? 1 : 0;
    counts.recipients += child.recipients;
    counts.recipients_rejected += child.rejected;
    counts.recipients_deferred += child.deferred;
  }
  if (is_refusal(verdict)) {
    counts.caught_too += is_caught_too ? 1 : 0;
    counts.marked += is_marked ? 1 : 0;
    counts.lost += is_loss(verdict) ? 1 : 0;
    counts.unsupported += is_unsupported ? 1 : 0;
    counts.authenticated += is_unsupported && is_authenticated ? 1 : 0;
  }

  if (is_judgement(verdict)) {
    if (trial.clusters.size() <= cluster_) trial.clusters.resize(cluster_ + 1);
    ClusterOfTrial& cluster = trial.clusters[cluster_];
    ClusterOfTrial::Group& group = is_evaluated ? cluster.evaluated : cluster.enforced;
    ++group.judged;
    group.refused += is_refusal(verdict) ? 1 : 0;
    group.unsupported += is_unsupported ? 1 : 0;
    group.delivered += was_delivered ? 1 : 0;
    group.delivered_marked += was_delivered && is_marked ? 1 : 0;
  }
  if (!is_evaluated) return;

  ++trial.ends[static_cast<std::size_t>(message.status)];
  ++trial.ends_if_enforced[static_cast<std::size_t>(end_if_enforced(message, child))];
  if (!is_judgement(verdict)) return;
  HourCounts& hour = trial.hours[static_cast<std::size_t>(hour_)];
  ++hour.judged;
  hour.refused += is_refusal(verdict) ? 1 : 0;
  for (std::size_t i = 0; i < message.children.size(); ++i) {
    if (i == own || !is_judgement(verdicts_[i])) continue;
    const std::string_view name = message.children[i].name;
    const auto known = trial.overlaps.find(name);
    if (known == trial.overlaps.end() && trial.overlaps.size() >= kMaximumTrials) continue;
    Overlap& overlap = known != trial.overlaps.end() ? known->second : trial.overlaps[std::string(name)];
    ++overlap.both_judged;
    const bool other = is_refusal(verdicts_[i]);
    overlap.both_refused += is_refusal(verdict) && other ? 1 : 0;
    overlap.only_this += is_refusal(verdict) && !other ? 1 : 0;
    overlap.marked += is_refusal(verdict) && !other && marks_[i].bad ? 1 : 0;
    overlap.only_other += !is_refusal(verdict) && other ? 1 : 0;
  }
  if (message.mta == nullptr || !message.mta->sender) {
    ++trial.without_domain;
  } else if (domain_number_ < kMaximumDomains) {
    if (trial.domains.size() <= domain_number_) trial.domains.resize(domain_number_ + 1);
    DomainCounts& domain = trial.domains[domain_number_];
    ++domain.judged;
    domain.refused += is_refusal(verdict) ? 1 : 0;
    domain.unsupported += is_unsupported ? 1 : 0;
  } else {
    ++trial.surplus_domains;
  }
  if (is_unsupported && sender_ != 0) {
    const auto known = waiting_.find(sender_);
    if (known == waiting_.end() && waiting_.size() >= kMaximumFollowed) return;
    std::vector<Waiting>& senders = known != waiting_.end() ? known->second : waiting_[sender_];
    const auto place =
        std::find_if(senders.begin(), senders.end(), [&](const Waiting& w) { return w.trial == &trial; });
    if (place != senders.end()) {
      ++place->mails;
    } else {
      senders.push_back({&trial, 1});
    }
    ++counts.followed;
  }
}

std::vector<const Trial*> Trials::trials() const {
  std::vector<const Trial*> result;
  for (const Trial& trial : trials_) {
    if (trial.first) result.push_back(&trial);
  }
  return result;
}

}  // namespace milter_manager::report
