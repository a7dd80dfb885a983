// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "milter-report/model/trials.h"
#include "test/milter_report/advice/verdicts.h"

namespace milter_manager::report {
namespace {

using statistics::Cause;
using statistics::Group;
using statistics::State;
using statistics::Status;

ChildVerdict tried(State state, Status status) { return child("tried", state, status, Group::evaluated); }

TEST_CASE("a verdict is of the whole message", "[trial]") {
  struct Row {
    State state;
    Status status;
    Cause cause;
    std::uint32_t recipients, rejected, deferred;
    Verdict verdict;
  };
  const Row rows[] = {
      {State::end_of_message, Status::pass, Cause::answer, 2, 0, 0, Verdict::let_through},
      {State::envelope_from, Status::accept, Cause::answer, 0, 0, 0, Verdict::let_through},
      {State::end_of_message, Status::reject, Cause::answer, 2, 0, 0, Verdict::reject},
      {State::end_of_message, Status::reject, Cause::overruled, 2, 0, 0, Verdict::reject},
      {State::connect, Status::temporary_failure, Cause::answer, 0, 0, 0, Verdict::defer},
      {State::end_of_message, Status::discard, Cause::answer, 1, 0, 0, Verdict::discard},
      {State::end_of_message, Status::quarantine, Cause::answer, 1, 0, 0, Verdict::quarantine},
      // Recipients one by one: all of them, or some.
      {State::end_of_message, Status::pass, Cause::answer, 2, 1, 1, Verdict::reject},
      {State::end_of_message, Status::pass, Cause::answer, 2, 0, 2, Verdict::defer},
      {State::end_of_message, Status::pass, Cause::answer, 2, 1, 0, Verdict::let_through},
      {State::envelope_recipient, Status::abort, Cause::cut, 2, 0, 2, Verdict::defer},
      // No judgement of its own.
      {State::body, Status::abort, Cause::cut, 2, 0, 0, Verdict::unfinished},
      {State::body, Status::abort, Cause::answer, 2, 0, 0, Verdict::unfinished},
      {State::connect, Status::stop, Cause::condition, 0, 0, 0, Verdict::stopped},
      {State::body, Status::reject, Cause::fallback, 0, 0, 0, Verdict::failed},
      {State::body, Status::error, Cause::answer, 0, 0, 0, Verdict::failed},
      {State::start, Status::pass, Cause::answer, 0, 0, 0, Verdict::not_asked},
  };
  for (const Row& row : rows) {
    ChildVerdict verdict = child("m", row.state, row.status);
    verdict.cause = row.cause;
    verdict.recipients = row.recipients;
    verdict.rejected = row.rejected;
    verdict.deferred = row.deferred;
    CHECK(verdict_of(verdict) == row.verdict);
  }
}

TEST_CASE("enforced, the earlier stage would have counted, then the milter defined first", "[trial]") {
  struct Row {
    ChildVerdict before, on_trial, behind;
    State state;
    Status status, expected;
  };
  const auto passes = child("other", State::end_of_message, Status::pass);
  const auto at = [](State state, Status status) { return child("other", state, status); };
  const Row rows[] = {
      {passes, tried(State::end_of_message, Status::reject), passes, State::end_of_message, Status::pass,
       Status::reject},
      {passes, tried(State::end_of_message, Status::pass), passes, State::end_of_message, Status::pass,
       Status::pass},
      {passes, tried(State::helo, Status::temporary_failure), passes, State::body, Status::accept,
       Status::temporary_failure},
      // Another refused it: earlier, later, at the same stage before it, behind it.
      {at(State::helo, Status::discard), tried(State::body, Status::reject), passes, State::helo,
       Status::discard, Status::discard},
      {at(State::body, Status::discard), tried(State::helo, Status::reject), passes, State::body,
       Status::discard, Status::reject},
      {at(State::body, Status::discard), tried(State::body, Status::reject), passes, State::body,
       Status::discard, Status::discard},
      {passes, tried(State::body, Status::reject), at(State::body, Status::discard), State::body,
       Status::discard, Status::reject},
      // The client gave up before, or behind the verdict.
      {passes, tried(State::end_of_message, Status::reject), passes, State::data, Status::abort,
       Status::abort},
      {passes, tried(State::envelope_from, Status::reject), passes, State::data, Status::abort,
       Status::reject},
  };
  for (const Row& row : rows) {
    const ChildVerdict children[] = {row.before, row.on_trial, row.behind};
    Message message;
    message.state = row.state;
    message.status = row.status;
    message.children = children;
    CHECK(end_if_enforced(message, children[1]) == row.expected);
  }
}

// Tells trials of messages with a milter on trial and another one.
class Told {
 public:
  Told() : trials_(rules_) {}
  void message(Status on_trial, Status other, bool is_spam, const char* sender,
               Group group = Group::evaluated) {
    ChildVerdict children[] = {child("other", State::end_of_message, other),
                               child("tried", State::end_of_message, on_trial, group)};
    if (is_spam) children[0].report_keys.push_back(static_cast<std::uint16_t>(maillog::ReportKey::spam));
    const MtaMail mta{"mx", "192.0.2.1", sender, ""};
    Message message;
    message.time = 1000.0 + 60 * count_++;
    message.host = "mail";
    message.state = State::end_of_message;
    message.status = other;
    message.children = children;
    message.mta = &mta;
    trials_.message(message);
  }
  const Trial& trial() const { return *trials_.trials().front(); }

 private:
  maillog::ReportRules rules_;
  Trials trials_;
  int count_ = 0;
};

TEST_CASE("evidence is what others say of the same mail, and what comes later of its sender", "[trial]") {
  Told told;
  told.message(Status::reject, Status::pass, false, "a@a.example");    // unsupported; a comes later
  told.message(Status::reject, Status::pass, true, "b@b.example");     // marked
  told.message(Status::reject, Status::reject, false, "c@c.example");  // caught too
  told.message(Status::reject, Status::temporary_failure, false, "d@d.example");  // caught, but only deferred
  told.message(Status::temporary_failure, Status::pass, false, "e@e.example");
  told.message(Status::pass, Status::reject, false, "f@f.example");
  told.message(Status::pass, Status::pass, false, "A@a.example");  // another sender of the same domain
  told.message(Status::pass, Status::pass, true, "a@a.example");   // spam speaks for nobody
  told.message(Status::pass, Status::pass, false, "a@a.example");
  told.message(Status::reject, Status::pass, false, "a@a.example", Group::enforced);
  const TrialCounts& counts = told.trial().evaluated;
  CHECK(counts.judged() == 9);
  CHECK(counts.refused() == 5);
  CHECK(counts.of(Verdict::reject) == 4);
  CHECK(counts.of(Verdict::defer) == 1);
  CHECK(counts.caught_too == 2);
  CHECK(counts.marked == 1);
  CHECK(counts.lost == 4);
  CHECK(counts.unsupported == 2);
  CHECK(counts.followed == 2);
  CHECK(counts.came_later == 1);
  CHECK(told.trial().enforced.of(Verdict::reject) == 1);
  CHECK(told.trial().has_control_group());
  const Overlap& overlap = told.trial().overlaps.at("other");
  CHECK(overlap.both_judged == 9);
  CHECK(overlap.both_refused == 2);
  CHECK(overlap.only_this == 3);
  CHECK(overlap.marked == 1);
  CHECK(overlap.only_other == 1);
  CHECK(told.trial().domain_names->front() == "a.example");
  CHECK(told.trial().domains.front().judged == 4);
  CHECK(told.trial().domains.front().unsupported == 1);
}

TEST_CASE("a trial is concluded by where its interval lies", "[trial]") {
  const auto kind_with = [](int mails, int bad) {
    Told told;
    for (int i = 0; i < mails; ++i) {
      const std::string sender = "a@d" + std::to_string(i) + ".example";
      told.message(i < bad ? Status::reject : Status::pass, Status::pass, false, sender.c_str());
    }
    return conclude(told.trial(), 0.01);
  };
  using Kind = TrialConclusion::Kind;
  CHECK(kind_with(1000, 0).kind == Kind::may_enforce);
  CHECK(kind_with(1000, 40).kind == Kind::too_strict);
  CHECK(kind_with(1000, 10).kind == Kind::on_the_limit);
  const TrialConclusion little = kind_with(100, 0);
  CHECK(little.kind == Kind::go_on);
  // 381 mails without a loss are enough for one in a hundred: 99 · 1.96². There are 100, in 99 minutes.
  REQUIRE(little.more_days);
  CHECK(*little.more_days * 1440 == Approx(99 * (3.81 - 1)).epsilon(0.05));
}

}  // namespace
}  // namespace milter_manager::report
