// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/minutes.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "core/maillog/report_rules.h"
#include "test/maillog/shipped_rules.h"

namespace milter_manager::maillog {
namespace {

using namespace statistics;

struct Origin {
  double time = 120.5;
  std::string_view host = "mail";
  std::uint32_t pid = 1;
};

void add(Minutes& minutes, const Event& event, Origin origin = {}, Delivery delivery = {}) {
  minutes.add(Record{origin.time, origin.host, origin.pid, event, delivery});
}

template <typename Field>
double value(const Minutes& minutes, const SeriesKey& key, Field field, std::int64_t minute = 120) {
  const auto series = minutes.series().find(key);
  if (series == minutes.series().end()) return -1;
  const auto row = series->second.find(minute);
  return row == series->second.end() ? -1 : row->second[static_cast<std::size_t>(field)];
}

const SeriesKey kSession{Kind::session, {}, {}};
const SeriesKey kStatus{Kind::manager_status, {}, {}};
const SeriesKey kReport{Kind::manager_report, {}, {}};
const SeriesKey kMessage{Kind::message, {}, {}};
const SeriesKey kHealth{Kind::health, {}, {}};

TEST_CASE("what happens in a minute is counted there, in any order") {
  Minutes minutes;
  for (const double time : {60.0, 119.999, 120.0, 60.5, 3600.0}) {
    add(minutes, SessionEnd{State::quit, Status::accept, 1, 1}, {time});
  }
  CHECK(value(minutes, kSession, SessionField::smtp, 60) == 3);
  CHECK(value(minutes, kSession, SessionField::smtp, 120) == 1);
  CHECK(value(minutes, kSession, SessionField::smtp, 3600) == 1);
  CHECK(value(minutes, kStatus, StatusField::accept, 60) == 3);
  CHECK(minutes.series().at(kSession).size() == 3);
}

TEST_CASE("connections are counted with how they ended") {
  Minutes minutes;
  for (const Status status :
       {Status::pass, Status::accept, Status::reject, Status::discard, Status::temporary_failure,
        Status::abort, Status::error, Status::stop, Status::skip, Status::progress}) {
    add(minutes, SessionEnd{State::quit, status, 1, 1});
    add(minutes, MilterEnd{State::quit, status, 1, 1, "m"});
  }
  add(minutes, MilterEnd{State::quit, Status::quarantine, 1, 1, "m"});
  add(minutes, SessionDisconnected{1, 1});
  CHECK(value(minutes, kSession, SessionField::smtp) == 10);
  CHECK(value(minutes, kSession, SessionField::child) == 11);
  CHECK(value(minutes, kSession, SessionField::disconnected) == 1);
  CHECK(minutes.series().at(kStatus).at(120) == Row{1, 1, 1, 1, 1, 0, 1, 1});
  CHECK(minutes.series().at({Kind::milter_status, "m", {}}).at(120) == Row{1, 1, 1, 1, 1, 1, 1, 1, 1});
}

TEST_CASE("quarantine counts, beside the connection's own status") {
  Minutes minutes;
  add(minutes, Quarantined{1});
  add(minutes, SessionEnd{State::end_of_message, Status::pass, 1, 1});
  CHECK(value(minutes, kStatus, StatusField::quarantine) == 1);
  CHECK(value(minutes, kStatus, StatusField::pass) == 1);
}

TEST_CASE("lines of old versions count as they did") {
  Minutes minutes;
  add(minutes, OldSessionEnd{1, 1});
  add(minutes, OldMilterEnd{1, 1, "m"});
  add(minutes, OldReply{State::connect, Status::pass, true});
  add(minutes, OldReply{State::end_of_message, Status::pass, true});
  add(minutes, OldReply{State::connect, Status::reject, false});
  add(minutes, OldReply{State::end_of_message, Status::quarantine, false});
  add(minutes, OldAbort{State::data});
  add(minutes, SessionStart{1});
  add(minutes, MilterStart{1, "m"});
  CHECK(minutes.series().at(kSession).at(120) == Row{1, 1});
  CHECK(minutes.series().at(kStatus).at(120) == Row{1, 0, 1, 0, 0, 1, 1});
  CHECK(minutes.series().size() == 2);
}

TEST_CASE("sessions at a time are the sum of each process's most") {
  Minutes minutes;
  add(minutes, SessionsFinished{1, 1, 5}, {120, "a", 1});
  add(minutes, SessionsFinished{1, 1, 3}, {121, "a", 1});
  add(minutes, SessionsFinished{1, 1, 2}, {122, "a", 2});
  add(minutes, SessionsFinished{1, 1, 1}, {123, "b", 1});
  add(minutes, SessionsFinished{1, 1, 7}, {179, "a", 1});
  add(minutes, SessionsFinished{1, 1, 0}, {180, "a", 1});
  CHECK(value(minutes, kSession, SessionField::concurrent) == 10);
  CHECK(value(minutes, kSession, SessionField::concurrent, 180) == 0);
}

TEST_CASE("headers count for the manager and for the milter that added them") {
  Minutes minutes(&shipped_rules());
  add(minutes, MilterHeaderAdd{1, "X-Spam-Flag", "YES", "spamass-milter", false});
  add(minutes, MilterHeaderAdd{1, "X-Spam-Flag", "YES", "", true});  // the milter's name was cut off
  add(minutes, MilterHeaderAdd{1, "Subject", "YES", "other", false});
  add(minutes, SessionHeaderAdd{1, "X-Spam-Flag", "YES", false});
  CHECK(value(minutes, kReport, ReportKey::spam) == 2);
  CHECK(value(minutes, {Kind::milter_report, "spamass-milter", {}}, ReportKey::spam) == 1);
  CHECK(minutes.series().size() == 2);
}

TEST_CASE("greylisting delays are counted by their length") {
  Minutes minutes(&shipped_rules());
  const std::pair<const char*, GreylistField> delays[] = {
      {"00:00:00", GreylistField::delayed_1},   {"00:01:00", GreylistField::delayed_1},
      {"00:01:01", GreylistField::delayed_5},   {"00:05:00", GreylistField::delayed_5},
      {"00:10:00", GreylistField::delayed_10},  {"00:30:00", GreylistField::delayed_30},
      {"01:00:00", GreylistField::delayed_60},  {"01:00:01", GreylistField::delayed_over},
      {"99:00:00", GreylistField::delayed_over}};
  const SeriesKey key{Kind::milter_greylist, "milter-greylist", {}};
  for (const auto& [delay, field] : delays) {
    CAPTURE(delay);
    const double before = std::max(0.0, value(minutes, key, field));
    const std::string text = std::string("Delayed for ") + delay + " by milter-greylist";
    add(minutes, MilterHeaderAdd{1, "X-Greylist", text, "milter-greylist", false});
    CHECK(value(minutes, key, field) == before + 1);
  }
}

TEST_CASE("messages are counted with their bytes and recipients") {
  Minutes minutes;
  add(minutes, MessageEnd{State::end_of_message, Status::quarantine, 1, 1000, 3, 1, 1, 1, "q"});
  add(minutes, MessageEnd{State::end_of_message, Status::pass, 1, 500, 2, 0, 1, 2, "q"});
  CHECK(minutes.series().at(kMessage).at(120) == Row{1, 0, 0, 0, 0, 1, 0, 1500, 5, 1});
}

TEST_CASE("what a milter answered is counted apart from what it was only asked on trial") {
  Minutes minutes;
  MilterMessage message;
  message.name = "m";
  message.status = Status::reject;
  message.rejected = 2;
  message.deferred = 1;
  add(minutes, message);
  message.status = Status::stop;
  message.cause = Cause::condition;
  add(minutes, message);
  message.status = Status::accept;
  message.cause = Cause::fallback;
  add(minutes, message);
  message.group = Group::evaluated;
  message.status = Status::discard;
  add(minutes, message);
  message.status = Status::abort;
  add(minutes, message);
  CHECK(minutes.series().at({Kind::milter_message, "m", {}}).at(120) == Row{0, 1, 1, 0, 0, 0, 0, 1, 1, 6, 3});
  CHECK(minutes.series().at({Kind::milter_evaluation, "m", {}}).at(120) == Row{0, 0, 0, 1, 0, 0, 4, 2});
}

TEST_CASE("loads of several processes are added up, of quantiles the worst counts") {
  Minutes minutes;
  const SeriesKey key{Kind::milter_load, "m", {}};
  MilterLoad load;
  load.name = "m";
  load.open = 4;
  load.busy = 2;
  load.busy_mean = 1.5;
  load.busy_max = 3;
  load.p50 = 0.5;
  load.errors = 2;
  load.timeouts = 1;
  add(minutes, load, {120, "a", 1});
  load.open = 3;
  load.p50 = 0.25;
  load.p95 = 2;
  add(minutes, load, {179.9, "a", 1});  // the same process again: its most
  add(minutes, load, {130, "b", 1});
  CHECK(value(minutes, key, LoadField::open) == 7);
  CHECK(value(minutes, key, LoadField::busy) == 4);
  CHECK(value(minutes, key, LoadField::busy_mean) == 3);
  CHECK(value(minutes, key, LoadField::busy_max) == 6);
  CHECK(value(minutes, key, LoadField::p50) == 0.5);
  CHECK(value(minutes, key, LoadField::p95) == 2);
  CHECK(std::isnan(value(minutes, key, LoadField::p99)));
  CHECK(value(minutes, key, LoadField::errors) == 6);
  CHECK(value(minutes, key, LoadField::timeouts) == 3);
}

TEST_CASE("heartbeats tell of processes and of lost lines") {
  Minutes minutes;
  add(minutes, Heartbeat{}, {120, "a", 1}, {10, 2, 1});
  add(minutes, Heartbeat{}, {179, "a", 1}, {10, 0, 0});
  add(minutes, Heartbeat{}, {130, "a", 2}, {5, 1, 0});
  CHECK(minutes.series().at(kHealth).at(120) == Row{2, 25, 3, 1});
}

TEST_CASE("report keys without a place in the report archives have series of their own") {
  const auto rules = ReportRules::parse(R"(
    [a_key]
    match = [{ header = "X-A", pattern = "a" }]
    [spam]
    match = [{ header = "X-A", pattern = "spam" }]
    [b_key]
    match = [{ method = "arc", result = "pass" }])",
                                        "rules");
  REQUIRE(rules);
  Minutes minutes(&*rules);
  add(minutes, MilterHeaderAdd{1, "X-A", "a", "m", false});
  add(minutes, MilterHeaderAdd{1, "X-A", "spam and a", "", false});
  add(minutes, MilterHeaderAdd{1, "Authentication-Results", "x; arc=pass; arc=pass", "n", false}, {180});
  CHECK(value(minutes, {Kind::manager_key, "", "a_key"}, 0) == 2);
  CHECK(value(minutes, {Kind::milter_key, "m", "a_key"}, 0) == 1);
  CHECK(value(minutes, {Kind::manager_key, "", "b_key"}, 0, 180) == 2);
  CHECK(value(minutes, {Kind::milter_key, "n", "b_key"}, 0, 180) == 2);
  CHECK(value(minutes, kReport, ReportKey::spam) == 1);
  CHECK(minutes.series().size() == 5);

  minutes.take_before(180);
  add(minutes, MilterHeaderAdd{1, "X-A", "a", "m", false}, {180});
  CHECK(value(minutes, {Kind::manager_key, "", "a_key"}, 0, 180) == 1);
  CHECK(value(minutes, {Kind::manager_key, "", "b_key"}, 0, 180) == 2);
}

TEST_CASE("without rules no header counts") {
  Minutes minutes;
  add(minutes, MilterHeaderAdd{1, "X-Spam-Flag", "YES", "m", false});
  CHECK(minutes.series().empty());
}

TEST_CASE("rows add up to totals, without what is not known") {
  SeriesTotals totals;
  const SeriesKey load{Kind::milter_load, "m", {}};
  add_to(totals, {{kSession, {{60, {1, 2, 3, 4}}, {120, {1}}}}, {load, {{60, {1, 2, 3, 4, std::nan("")}}}}});
  add_to(totals, {{kSession, {{180, {5}}}}});
  CHECK(totals.at(kSession) == Row{7, 2, 3, 4});
  CHECK(totals.at(load)[4] == 0);
}

TEST_CASE("closed minutes are taken, open ones go on") {
  Minutes minutes;
  const Event end = MilterEnd{State::quit, Status::pass, 1, 1, "m"};
  for (const double time : {60.0, 120.0, 120.0, 180.0}) {
    add(minutes, end, {time});
    add(minutes, SessionsFinished{1, 1, 4}, {time});
  }
  SeriesTable taken = minutes.take_before(120);
  CHECK(taken.at(kSession).size() == 1);
  CHECK(taken.at(kSession).at(60) == Row{0, 1, 0, 4});
  CHECK(taken.at({Kind::milter_status, "m", {}}).size() == 1);
  CHECK(minutes.take_before(120).empty());

  add(minutes, end, {120});
  add(minutes, end, {60});  // late: a row of its own
  add(minutes, SessionsFinished{1, 1, 5}, {120});
  taken = minutes.take_before(1000);
  CHECK(taken.at(kSession).at(60) == Row{0, 1});
  CHECK(taken.at(kSession).at(120) == Row{0, 3, 0, 5});
  CHECK(taken.at(kSession).at(180) == Row{0, 1, 0, 4});
  CHECK(minutes.series().empty());
  add(minutes, end, {120});
  CHECK(value(minutes, kSession, SessionField::child) == 1);
}

TEST_CASE("milters beyond the limit count for the manager only") {
  Minutes minutes;
  for (std::size_t i = 0; i < Minutes::kMaximumMilters + 10; ++i) {
    add(minutes, MilterEnd{State::quit, Status::pass, 1, 1, "m" + std::to_string(i)});
  }
  CHECK(minutes.records_of_surplus_milters() == 10);
  CHECK(minutes.series().size() == Minutes::kMaximumMilters + 1);
  CHECK(value(minutes, kSession, SessionField::child) == Minutes::kMaximumMilters + 10);
}

TEST_CASE("names that are made up in run after run fill the totals to a limit") {
  SeriesTotals totals;
  SeriesTable table;
  for (std::size_t i = 0; i < kMaximumTotals + 10; ++i) {
    table.clear();
    table[{Kind::milter_status, "m" + std::to_string(i), {}}][60] = Row{1};
    table[kSession][60] = Row{1};
    add_to(totals, table);
  }
  CHECK(totals.size() == kMaximumTotals);
  CHECK(totals.at(kSession)[0] == static_cast<double>(kMaximumTotals + 10));
}

TEST_CASE("rows are as long as their kind says") {
  CHECK(field_count(Kind::session) == static_cast<std::size_t>(SessionField::concurrent) + 1);
  CHECK(field_count(Kind::manager_status) == static_cast<std::size_t>(StatusField::error) + 1);
  CHECK(field_count(Kind::manager_report) == kReportKeys);
  CHECK(field_count(Kind::milter_status) == static_cast<std::size_t>(StatusField::stop) + 1);
  CHECK(field_count(Kind::milter_report) == kReportKeys);
  CHECK(field_count(Kind::message) == static_cast<std::size_t>(MessageField::refused) + 1);
  CHECK(field_count(Kind::milter_message) == static_cast<std::size_t>(MilterMessageField::deferred) + 1);
  CHECK(field_count(Kind::milter_evaluation) == static_cast<std::size_t>(EvaluationField::deferred) + 1);
  CHECK(field_count(Kind::milter_load) == static_cast<std::size_t>(LoadField::timeouts) + 1);
  CHECK(field_count(Kind::milter_greylist) == static_cast<std::size_t>(GreylistField::delayed_over) + 1);
  CHECK(field_count(Kind::health) == static_cast<std::size_t>(HealthField::dropped) + 1);
  CHECK(field_count(Kind::manager_key) == 1);
  CHECK(field_count(Kind::milter_key) == 1);
}

}  // namespace
}  // namespace milter_manager::maillog
