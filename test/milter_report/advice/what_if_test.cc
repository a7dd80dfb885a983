// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/what_if.h"

#include <catch2/catch.hpp>

#include "test/milter_report/advice/verdicts.h"

namespace milter_manager::report {
namespace {

using statistics::Group;
using statistics::State;
using statistics::Status;

ChildVerdict tried(std::string_view name, State state, Status status) {
  return child(name, state, status, Group::evaluated);
}

// A message of three milters: one in force, two on trial.
void tell(WhatIf& what_if, const ChildVerdict& enforced, const ChildVerdict& a, const ChildVerdict& b,
          State state, Status status) {
  const ChildVerdict children[] = {enforced, a, b};
  Message message;
  message.state = state;
  message.status = status;
  message.children = children;
  what_if.message(message);
}

std::uint64_t of(const Ends& ends, Status status) { return ends[static_cast<std::size_t>(status)]; }

TEST_CASE("several milters enforced refuse a mail once, and the others stay as they were", "[what-if]") {
  constexpr auto kEnd = State::end_of_message;
  const auto force = [](Status status) { return child("force", kEnd, status); };
  const auto passes = [](std::string_view name) { return tried(name, kEnd, Status::pass); };
  WhatIf both({"a", "b", "a"});
  WhatIf only_a({"a"});
  for (WhatIf* const what_if : {&both, &only_a}) {
    // Nobody refuses it.
    tell(*what_if, force(Status::pass), passes("a"), passes("b"), kEnd, Status::pass);
    // a alone; b alone, which defers.
    tell(*what_if, force(Status::pass), tried("a", kEnd, Status::reject), passes("b"), kEnd, Status::pass);
    tell(*what_if, force(Status::pass), passes("a"), tried("b", kEnd, Status::temporary_failure), kEnd,
         Status::accept);
    // Both: b is the earlier one, and it defers.
    tell(*what_if, force(Status::pass), tried("a", kEnd, Status::reject),
         tried("b", State::helo, Status::temporary_failure), kEnd, Status::pass);
    // Both, at one stage: a is defined first.
    tell(*what_if, force(Status::pass), tried("a", kEnd, Status::discard), tried("b", kEnd, Status::reject),
         kEnd, Status::pass);
    // It was rejected anyway.
    tell(*what_if, force(Status::reject), tried("a", kEnd, Status::discard), tried("b", kEnd, Status::reject),
         kEnd, Status::reject);
    // Where a is in force already it did what it did.
    tell(*what_if, force(Status::pass), child("a", kEnd, Status::reject), passes("b"), kEnd, Status::reject);
    // The client gave up before.
    tell(*what_if, force(Status::pass), tried("a", kEnd, Status::reject), passes("b"), State::data,
         Status::abort);
  }
  const JointOutcome& joint = both.outcome();
  CHECK(joint.messages() == 8);
  CHECK(of(joint.before, Status::pass) == 4);
  CHECK(of(joint.before, Status::accept) == 1);
  CHECK(of(joint.before, Status::reject) == 2);
  CHECK(of(joint.after, Status::pass) == 1);
  CHECK(of(joint.after, Status::accept) == 0);
  CHECK(of(joint.after, Status::reject) == 3);
  CHECK(of(joint.after, Status::temporary_failure) == 2);
  CHECK(of(joint.after, Status::discard) == 1);
  CHECK(of(joint.after, Status::abort) == 1);
  CHECK(joint.newly == 4);
  REQUIRE(joint.milters.size() == 2);
  const JointOutcome::Milter& a = joint.milters[0];
  CHECK(a.evaluated == 7);
  CHECK(a.refused == 5);
  CHECK(a.anyway == 1);
  CHECK(a.newly == 3);
  CHECK(a.only == 1);
  CHECK(of(a.ends, Status::reject) == 4);
  CHECK(of(a.ends, Status::discard) == 1);
  const JointOutcome::Milter& b = joint.milters[1];
  CHECK(b.newly == 3);
  CHECK(b.only == 1);
  CHECK(of(b.ends, Status::temporary_failure) == 2);

  // Alone it is what it is beside the other.
  CHECK(only_a.outcome().after == a.ends);
  CHECK(only_a.outcome().newly == a.newly);
}

TEST_CASE("of recipients refused one by one only bounds are known", "[what-if]") {
  WhatIf what_if({"a", "b"});
  const auto refuses = [](std::string_view name, std::uint32_t recipients) {
    ChildVerdict verdict = tried(name, State::end_of_message, Status::pass);
    verdict.recipients = 5;
    verdict.rejected = recipients;
    return verdict;
  };
  const auto force = child("force", State::end_of_message, Status::pass);
  tell(what_if, force, refuses("a", 1), refuses("b", 2), State::end_of_message, Status::pass);
  CHECK(what_if.outcome().recipients_at_least == 2);
  CHECK(what_if.outcome().recipients_at_most == 3);
  tell(what_if, force, refuses("a", 4), refuses("b", 3), State::end_of_message, Status::pass);
  CHECK(what_if.outcome().recipients_at_least == 6);
  CHECK(what_if.outcome().recipients_at_most == 8);
  CHECK(what_if.outcome().newly == 0);
  // Mail that never got through: its client gave up, it came to an error, it was refused anyway.
  for (const Status end : {Status::abort, Status::error, Status::reject, Status::quarantine})
    tell(what_if, force, refuses("a", 4), refuses("b", 3), State::end_of_message, end);
  CHECK(what_if.outcome().recipients_at_least == 6);
  CHECK(what_if.outcome().recipients_at_most == 8);
  tell(what_if, force, refuses("a", 1), refuses("b", 0), State::end_of_message, Status::accept);
  CHECK(what_if.outcome().recipients_at_least == 7);
  CHECK(what_if.outcome().recipients_at_most == 9);
}

}  // namespace
}  // namespace milter_manager::report
