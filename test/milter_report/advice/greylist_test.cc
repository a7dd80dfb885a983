// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "milter-report/greylist_document.h"
#include "milter-report/model/greylist_delays.h"

namespace milter_manager::report {
namespace {

using Kind = Attempt::Kind;

TEST_CASE("attempts of a triplet make episodes and gaps", "[greylist]") {
  // Two triplets of one network, told in disorder.
  const std::vector<Attempt> attempts{
      {1000, 0, Kind::deferred},        {1005, 0, Kind::deferred},  // two lines on one attempt
      {1700, 0, Kind::accepted},        {1300, 0, Kind::deferred},
      {1100, 1, Kind::deferred},  // never again
      {5000, 0, Kind::accepted_marked}, {9000, 0, Kind::not_greylisted},
      {90000, 0, Kind::deferred},       {91000, 0, Kind::accepted},
  };
  const EpisodesAndGaps found = episodes_of(attempts, {7, 7}, 3600);
  REQUIRE(found.episodes.size() == 3);
  CHECK(found.episodes[0].retries == std::vector<double>{300});
  CHECK(found.episodes[0].passed == 700.0);
  CHECK(found.episodes[0].network == 7);
  CHECK(found.episodes[1].passed == 1000.0);
  CHECK_FALSE(found.episodes[2].passed);
  CHECK(found.first_attempts == 4);
  REQUIRE(found.gaps.size() == 2);
  CHECK(found.gaps[0].seconds == 3300);
  CHECK(found.gaps[0].marked);
  CHECK(found.gaps[1].seconds == 85000);
}

TEST_CASE("who comes after the window begins anew", "[greylist]") {
  const EpisodesAndGaps found =
      episodes_of({{0, 0, Kind::deferred}, {3601, 0, Kind::deferred}, {4300, 0, Kind::accepted}}, {0}, 3600);
  REQUIRE(found.episodes.size() == 2);
  CHECK_FALSE(found.episodes[0].passed);
  CHECK(found.episodes[1].passed == 699.0);
}

TEST_CASE("a shorter delay is replayed, a longer one goes on in the sender's rhythm", "[greylist]") {
  Episode patient;
  patient.retries = {100, 400};
  patient.passed = 700;
  Episode impatient;
  impatient.retries = {50, 130};
  const std::vector<Episode> episodes{patient, impatient, {}};
  struct Row {
    double delay;
    bool is_estimate;
    std::uint64_t caught;
    double mean_wait;
  };
  const Row rows[] = {{60, false, 1, (100 + 130) / 2.0},
                      {120, false, 1, (400 + 130) / 2.0},
                      {180, false, 2, 400},
                      {600, false, 2, 700},
                      {900, true, 2, 1000},
                      {1200, true, 2, 1300}};
  for (const Row& row : rows) {
    const DelayEffect effect = effect_of_delay(episodes, row.delay, 600);
    CHECK(effect.is_estimate == row.is_estimate);
    CHECK(effect.caught == row.caught);
    CHECK(effect.mean_wait == row.mean_wait);
    CHECK(effect.passed + effect.caught == 3);
  }
}

TEST_CASE("times are written as milter-greylist does", "[greylist]") {
  CHECK(greylist_time(0) == "0");
  CHECK(greylist_time(600) == "10m");
  CHECK(greylist_time(5400) == "90m");
  CHECK(greylist_time(12 * 3600) == "12h");
  CHECK(greylist_time(3 * 86400) == "3d");
  CHECK(greylist_time(14 * 86400) == "2w");
}

MtaLine refusal(double time, std::string_view reply, bool by_milter = true) {
  MtaLine line;
  line.kind = MtaLine::Kind::refusal;
  line.time = time;
  line.host = "mail";
  line.client_address = "192.0.2.1";
  line.sender = "a@a.example";
  line.recipient = "B@here.example";
  line.by_milter = by_milter;
  line.reply_code = 451;
  line.reply = reply;
  return line;
}

TEST_CASE("deferrals are those of greylisting", "[greylist]") {
  GreylistLog log({.is_greylist = [](std::string_view name) { return name == "grey"; }, .rules = nullptr});
  log.mta_line(refusal(1, "451 4.7.1 Greylisting in action, please come back in 00:31:05"));
  log.mta_line(refusal(2, "451 4.7.1 Service unavailable"));
  log.mta_line(refusal(3, "451 4.7.1 Greylisted", false));
  CHECK(log.record().attempts.size() == 1);
  CHECK(log.record().asked_delays == std::vector<double>{31 * 60 + 5});
}

TEST_CASE("where the MTA tells too little milter-greylist's own lines tell of deferrals", "[greylist]") {
  GreylistLog log({.is_greylist = [](std::string_view name) { return name == "grey"; }, .rules = nullptr});
  maillog::OtherLine line;
  line.program = "milter-greylist";
  line.host = "mail";
  line.text =
      "wAB1: addr mx.a.example[192.0.2.1] from <a@a.example> to <b@here.example> delayed for 00:10:00 (ACL "
      "103)";
  log.other_line(line);
  line.text = "wAB1: addr mx.a.example[192.0.2.1] from <a@a.example> to <b@here.example> skipped";
  log.other_line(line);
  line.text = "addr delayed for";
  log.other_line(line);
  REQUIRE(log.record().attempts.size() == 1);
  CHECK(log.record().attempts[0].kind == Kind::deferred);
  CHECK(log.record().asked_delays == std::vector<double>{600});
}

TEST_CASE("a delivery that is tried again is one attempt, for the address that was asked for", "[greylist]") {
  GreylistLog log({.is_greylist = [](std::string_view name) { return name == "grey"; }, .rules = nullptr});
  MtaLine line;
  line.host = "mail";
  line.queue_id = "4Q1";
  line.time = 5;
  line.kind = MtaLine::Kind::delivery;  // of a mail that came otherwise: from here
  line.recipient = "other@here.example";
  log.mta_line(line);
  line.kind = MtaLine::Kind::client;
  line.client_address = "192.0.2.77";
  log.mta_line(line);
  line.kind = MtaLine::Kind::sender;
  line.client_address = "";
  line.sender = "a@a.example";
  log.mta_line(line);
  line.kind = MtaLine::Kind::delivery;
  line.recipient = "mailbox@here.example";
  line.original_recipient = "b@here.example";
  line.time = 8;
  log.mta_line(line);
  line.time = 700;
  log.mta_line(line);
  log.mta_line(refusal(-1000, "451 4.7.1 Greylisted"));
  const GreylistRecord& record = log.record();
  REQUIRE(record.attempts.size() == 2);
  CHECK(record.attempts[0].time == 5);
  CHECK(record.attempts[0].kind == Kind::accepted);
  CHECK(record.attempts[0].triplet == record.attempts[1].triplet);
}

TEST_CASE("a message tells whether greylisting was asked and whether others call it spam", "[greylist]") {
  struct Row {
    statistics::Cause cause;
    bool is_spam;
    int before;  // before which line of the MTA the manager's comes
    bool is_sendmail;
    Kind kind;
  };
  const Row rows[] = {{statistics::Cause::answer, false, 4, false, Kind::accepted},
                      {statistics::Cause::answer, true, 4, false, Kind::accepted_marked},
                      {statistics::Cause::answer, true, 2, false, Kind::accepted_marked},
                      {statistics::Cause::condition, true, 3, false, Kind::not_greylisted},
                      {statistics::Cause::condition, true, 1, false, Kind::not_greylisted},
                      {statistics::Cause::answer, true, 1, true, Kind::accepted_marked},
                      {statistics::Cause::condition, false, 1, true, Kind::not_greylisted}};
  const maillog::ReportRules rules;
  for (const Row& row : rows) {
    GreylistLog log({.is_greylist = [](std::string_view name) { return name == "grey"; }, .rules = &rules});
    ChildVerdict children[2];
    children[0].name = "grey";
    children[0].state = statistics::State::end_of_message;
    children[0].cause = row.cause;
    children[1].name = "content";
    if (row.is_spam) children[1].report_keys.push_back(static_cast<std::uint16_t>(maillog::ReportKey::spam));
    Message message;
    message.host = "mail";
    message.queue_id = "4Q1";
    message.children = children;
    MtaLine line;
    line.host = "mail";
    line.queue_id = "4Q1";
    int line_number = 0;
    // Sendmail tells client and sender in one line, behind the milters.
    for (const auto kind :
         {MtaLine::Kind::client, MtaLine::Kind::sender, MtaLine::Kind::delivery, MtaLine::Kind::removed}) {
      if (line_number++ == row.before) log.message(message);
      const bool is_client = kind == (row.is_sendmail ? MtaLine::Kind::sender : MtaLine::Kind::client);
      if (row.is_sendmail && (kind == MtaLine::Kind::client || kind == MtaLine::Kind::removed)) continue;
      line.kind = kind;
      line.client_address = is_client ? "192.0.2.1" : "";
      line.sender = "a@a.example";
      line.recipient = "b@here.example";
      log.mta_line(line);
    }
    if (row.before == 4) log.message(message);
    REQUIRE(log.record().attempts.size() == 1);
    CHECK(log.record().attempts[0].kind == row.kind);
    CHECK(log.record().stopped == (row.cause == statistics::Cause::condition ? 1 : 0));
  }
}

}  // namespace
}  // namespace milter_manager::report
