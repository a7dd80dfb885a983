// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/what_if.h"

#include <algorithm>
#include <numeric>

namespace milter_manager::report {
namespace {

using statistics::Group;
using statistics::Status;

std::size_t at(Status status) { return static_cast<std::size_t>(status); }

}  // namespace

std::uint64_t JointOutcome::messages() const {
  return std::accumulate(before.begin(), before.end(), std::uint64_t{0});
}

WhatIf::WhatIf(const std::vector<std::string>& milters) {
  for (const std::string& name : milters) {
    const auto& known = outcome_.milters;
    const bool is_known =
        std::any_of(known.begin(), known.end(), [&](const auto& milter) { return milter.name == name; });
    if (!is_known) outcome_.milters.emplace_back().name = name;
  }
}

void WhatIf::message(const Message& message) {
  auto& milters = outcome_.milters;
  refusals_.clear();
  const ChildVerdict* first = nullptr;
  std::uint64_t least = 0, most = 0, recipients = 0;
  for (const ChildVerdict& child : message.children) {
    if (child.group != Group::evaluated) continue;
    const auto milter = std::find_if(milters.begin(), milters.end(),
                                     [&](const auto& candidate) { return candidate.name == child.name; });
    if (milter == milters.end()) continue;
    ++milter->evaluated;
    if (!is_refusal(verdict_of(child))) {
      const std::uint64_t refused = std::uint64_t{child.rejected} + child.deferred;
      least = std::max(least, refused);
      most += refused;
      recipients = std::max<std::uint64_t>(recipients, child.recipients);
      continue;
    }
    ++milter->refused;
    refusals_.push_back({static_cast<std::size_t>(milter - milters.begin()), &child});
    if (first == nullptr || child.state < first->state) first = &child;
  }
  const Status end = first != nullptr ? end_if_enforced(message, *first) : message.status;
  const bool was_refused = is_refused(message.status);
  ++outcome_.before[at(message.status)];
  ++outcome_.after[at(end)];
  if (is_refused(end) && !was_refused) ++outcome_.newly;
  if (end == Status::pass || end == Status::accept) {
    outcome_.recipients_at_least += least;
    outcome_.recipients_at_most += std::min(most, std::max(recipients, least));
  }
  for (JointOutcome::Milter& milter : milters) {
    const auto index = static_cast<std::size_t>(&milter - milters.data());
    const auto own = std::find_if(refusals_.begin(), refusals_.end(),
                                  [&](const Refusal& refusal) { return refusal.milter == index; });
    if (own == refusals_.end()) {
      ++milter.ends[at(message.status)];
      continue;
    }
    const Status alone = end_if_enforced(message, *own->child);
    ++milter.ends[at(alone)];
    milter.anyway += was_refused ? 1 : 0;
    if (was_refused || !is_refused(alone)) continue;
    ++milter.newly;
    milter.only += refusals_.size() == 1 ? 1 : 0;
  }
}

}  // namespace milter_manager::report
