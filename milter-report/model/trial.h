// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter-report/model/clustered.h"
#include "milter-report/model/mails.h"

namespace milter_manager::report {

// What a milter said, or would have said, of a whole message.
enum class Verdict : std::uint8_t {
  let_through,  // pass or accept, perhaps of some recipients only
  reject,       // the message, or each of its recipients
  defer,        // the same, temporarily
  discard,
  quarantine,
  failed,      // it failed, and its fallback was taken
  unfinished,  // another milter's verdict, or the MTA's, ended the message before it had judged
  stopped,     // a condition stopped it
  not_asked,   // it takes no interest in such mail
};
inline constexpr std::size_t kVerdicts = 9;

Verdict verdict_of(const ChildVerdict& child);

// Whether it is a judgement of the milter's own: the first five.
constexpr bool is_judgement(Verdict verdict) { return verdict <= Verdict::quarantine; }
// Whether the mail is not delivered as it would be: reject, defer, discard, quarantine.
constexpr bool is_refusal(Verdict verdict) {
  return is_judgement(verdict) && verdict != Verdict::let_through;
}
// Whether it is lost for its recipient, unlike what is deferred: reject, discard, quarantine.
constexpr bool is_loss(Verdict verdict) { return is_refusal(verdict) && verdict != Verdict::defer; }

// Counts of messages, of one milter and one group. What others say is what the other milters of the same
// message say of it, whether they are in evaluation or not.
struct TrialCounts {
  std::array<std::uint64_t, kVerdicts> verdicts{};
  std::uint64_t recipients = 0, recipients_rejected = 0, recipients_deferred = 0;
  std::uint64_t caught_too = 0;   // refused, and by another milter as well
  std::uint64_t marked = 0;       // refused, and another milter's headers say spam or virus
  std::uint64_t lost = 0;         // rejected, discarded or quarantined
  std::uint64_t unsupported = 0;  // lost, and no other milter rejected, discarded, quarantined or marked it
  std::uint64_t authenticated =
      0;  // unsupported, though another milter's headers tell of a passed DKIM, SPF or DMARC check
  std::uint64_t followed = 0;  // unsupported, with client and sender known
  std::uint64_t came_later =
      0;  // of these: the same network and sender sent mail later that all let through unmarked
  std::uint64_t ended = 0;             // messages that the milter had a line for
  std::uint64_t delivered = 0;         // of these: ended with pass or accept
  std::uint64_t delivered_marked = 0;  // delivered, and another milter's headers say spam or virus
  double waited = 0;                   // seconds, for this milter

  std::uint64_t of(Verdict verdict) const { return verdicts[static_cast<std::size_t>(verdict)]; }
  std::uint64_t judged() const;
  std::uint64_t refused() const;
};

// How one other milter judged the messages that both judged.
struct Overlap {
  std::uint64_t both_judged = 0;
  std::uint64_t both_refused = 0;
  std::uint64_t only_this = 0;
  std::uint64_t only_other = 0;
  std::uint64_t marked = 0;  // of only_this: the other's headers say spam or virus
};

// Counts of a cluster: the mails of a sender's domain that the milter judged.
struct ClusterOfTrial {
  struct Group {
    std::uint32_t judged = 0, refused = 0, unsupported = 0, delivered = 0, delivered_marked = 0;
  };
  Group evaluated, enforced;
};

struct DomainCounts {
  std::uint64_t judged = 0, refused = 0, unsupported = 0;
};

struct HourCounts {
  std::uint64_t judged = 0, refused = 0;
};

// How messages ended, and how they would have: in the order of `pass`, `accept` … of statistics::Status.
inline constexpr std::size_t kEnds = static_cast<std::size_t>(statistics::Status::error) + 1;
using Ends = std::array<std::uint64_t, kEnds>;

// A milter that was tried.
struct Trial {
  std::string name;
  TrialCounts evaluated, enforced;
  std::map<std::string, Overlap, std::less<>> overlaps;  // by the other milter's name; of the evaluated group
  std::vector<ClusterOfTrial> clusters;
  std::vector<DomainCounts> domains;  // of the evaluated group, at the places of `domain_names`
  const std::deque<std::string>* domain_names = nullptr;  // the Trials'
  std::uint64_t without_domain = 0;    // judged, evaluated; no line of the MTA told the sender
  std::uint64_t surplus_domains = 0;   // judged, evaluated; of domains beyond kMaximumDomains
  std::array<HourCounts, 24> hours{};  // of the day, local time; of the evaluated group
  Ends ends{}, ends_if_enforced{};     // of the evaluated group's messages
  std::optional<double> first, last;   // of the evaluated group's messages: Unix seconds
  std::uint64_t enforced_before = 0;   // judgements enforced before `first`

  double days() const { return first ? (*last - *first) / 86400 : 0; }
  // Whether there is a control group: milter.enforcement_share.
  bool has_control_group() const { return enforced.judged() > 0 && evaluated.judged() > 0; }

  // The proportions over the evaluated group, by domain.
  Clustered refused_share() const;
  Clustered unsupported_share() const;
};

inline constexpr std::size_t kMaximumDomains = 50'000;    // of a milter
inline constexpr std::size_t kMaximumClusters = 100'000;  // mails beyond share some clusters
inline constexpr std::size_t kMaximumFollowed = 200'000;  // (network, sender) pairs that are waited for

// Whether a message that ended so did not get to its recipients as it came: reject, temporary-failure, discard, quarantine.
bool is_refused(statistics::Status end);

// What the message would have ended with, had `child` (one of its children, in evaluation) been enforced: the earlier stage
// counts, at one stage the milter that is defined first.
statistics::Status end_if_enforced(const Message& message, const ChildVerdict& child);

// A proportion of a group, by cluster. The members of ClusterOfTrial::Group say of what.
using ClusterMember = std::uint32_t ClusterOfTrial::Group::*;
Clustered share_of(const Trial& trial, ClusterOfTrial::Group ClusterOfTrial::*group, ClusterMember hits,
                   ClusterMember mails);

// The difference of a proportion between the groups: enforced minus evaluated.
struct GroupDifference {
  Clustered enforced, evaluated;
  double value() const { return enforced.value() - evaluated.value(); }
  Bounds bounds() const {
    return difference(enforced.value(), enforced.bounds(), evaluated.value(), evaluated.bounds());
  }
};
GroupDifference group_difference(const Trial& trial, ClusterMember hits, ClusterMember mails);

// What the trial says, where `limit` is the part of mails that may get lost although nothing but this milter speaks against them.
struct TrialConclusion {
  enum class Kind : std::uint8_t {
    nothing_judged,
    may_enforce,   // the bounds of the unsupported part are wholly below the limit
    too_strict,    // wholly above
    go_on,         // not known yet
    on_the_limit,  // and never will be
  };
  Kind kind = Kind::nothing_judged;
  double limit = 0;
  Clustered unsupported;
  double days = 0;  // that the trial has gone on
  std::optional<double>
      more_days;  // how much longer until it is likely to be known, if mails go on as so far
};
TrialConclusion conclude(const Trial& trial, double limit);

}  // namespace milter_manager::report
