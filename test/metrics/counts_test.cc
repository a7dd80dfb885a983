// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/counts.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/metrics/event_counter.h"
#include "core/metrics/total.h"
#include "test/fake_manager/fake_manager.h"

using namespace milter_manager;
using namespace milter_manager::metrics;

TEST_CASE("numbers and times come back as they were written") {
  Counts counts;
  counts.add(Id::sessions, {}, 3);
  counts.add(Id::milter_errors_total, {"a \"b\"\n日本"}, 9e15);
  Histogram waits;
  for (const double seconds : {0.0, 0.00005, 0.04, 0.04, 999.0, 1e6}) waits.add(seconds);
  counts.add(Id::milter_wait_seconds, {"a"}, waits);
  const Counts read = decode(encode(counts));
  CHECK(read.numbers() == counts.numbers());
  CHECK(read.histogram(Id::milter_wait_seconds, {"a"}) == waits);
  CHECK(decode(encode(Counts())).numbers().empty());
}

TEST_CASE("what is no series is left out, and does no harm") {
  for (const char* text :
       {"", "[", "{}", "[1]", "[[]]", "[[\"sessions\",[],-1]]", "[[\"sessions\",[],1e300]]",
        "[[\"sessions\",[],\"1\"]]", "[[\"sessions\",[\"x\"],1]]", "[[\"no_such\",[],1]]",
        "[[\"milter_wait_seconds\",[\"a\"],1]]",
        "[[\"milter_wait_seconds\",[\"a\"],{\"sum\":1,\"buckets\":[[170,1]]}]]",
        "[[\"milter_wait_seconds\",[\"a\"],{\"sum\":1,\"buckets\":[[-1,1]]}]]",
        "[[\"milter_wait_seconds\",[\"a\"],{\"sum\":1,\"buckets\":[1]}]]", "[[\"milter_busy\",[3],1]]",
        "\xff\xfe"}) {
    CAPTURE(text);
    const Counts counts = decode(text);
    CHECK(counts.numbers().empty());
    CHECK(counts.histograms().empty());
  }
  const std::string deep(1 << 20, '[');
  CHECK(decode(deep).numbers().empty());
  std::string many = "[[\"milter_busy\",[\"0\"],1]";
  for (std::size_t i = 1; i < Counts::kMostSeries + 1000; ++i)
    many += ",[\"milter_busy\",[\"" + std::to_string(i) + "\"],1]";
  CHECK(decode(many + "]").numbers().size() == Counts::kMostSeries);
}

TEST_CASE("what a dead process counted stays, how it stood does not") {
  const auto measured = measurements();
  Counts counts;
  counts.add(Id::sessions, {}, 3);
  counts.add(Id::clients_gone_total, {}, 5);
  const std::string remains = measured.remains(encode(counts));
  const Counts both = decode(measured.add(remains, encode(counts)));
  CHECK(both.number(Id::sessions, {}) == 3);
  CHECK(both.number(Id::clients_gone_total, {}) == 10);
  CHECK(decode(measured.add("", "nonsense")).numbers().empty());
}

TEST_CASE("quantiles are right within a tenth") {
  for (const double seconds : {0.00013, 0.0021, 0.04, 0.99, 7.7, 290.0}) {
    Histogram histogram;
    for (int i = 0; i < 99; ++i) histogram.add(seconds);
    histogram.add(900);
    CAPTURE(seconds);
    CHECK(std::abs(*histogram.quantile(0.5) - seconds) < 0.1 * seconds);
    CHECK(*histogram.quantile(1) > 800);
  }
  CHECK_FALSE(Histogram().quantile(0.5));
  Histogram odd;
  odd.add(std::numeric_limits<double>::quiet_NaN());
  odd.add(std::numeric_limits<double>::infinity());
  odd.add(-1);
  CHECK(odd.count() == 3);
  CHECK(odd.sum() == 0);
  CHECK(odd.up_to(0) == 3);
}

TEST_CASE("a histogram's bounds are written as people write numbers") {
  std::string text;
  for (const std::size_t bound : Histogram::served_bounds()) {
    text += std::to_string(Histogram::bucket_bounds()[bound]) + " ";
  }
  CHECK(text ==
        "0.001000 0.002000 0.005000 0.010000 0.020000 0.050000 0.100000 0.200000 0.500000 1.000000 2.000000 "
        "5.000000 "
        "10.000000 20.000000 50.000000 100.000000 200.000000 500.000000 1000.000000 ");
  CHECK(std::is_sorted(Histogram::bucket_bounds().begin(), Histogram::bucket_bounds().end()));
  Histogram histogram;
  histogram.add(0.05);
  histogram.add(0.0501);
  CHECK(histogram.up_to(Histogram::served_bounds()[5]) == 1);  // "at most", as Prometheus says
}

TEST_CASE("events count where the table says") {
  using statistics::Cause;
  using statistics::Group;
  using statistics::State;
  using statistics::Status;
  EventCounter counter;
  statistics::MilterMessage verdict;
  verdict.state = State::envelope_recipient;
  verdict.status = Status::reject;
  verdict.group = Group::evaluated;
  verdict.cause = Cause::overruled;
  verdict.recipients = 5;
  verdict.rejected = 2;
  verdict.deferred = 1;
  verdict.waited = 0.25;
  verdict.name = "m";
  counter.count(verdict);
  counter.count(verdict);
  counter.count(statistics::MilterEnd{State::quit, Status::pass, 1, 7, "m"});
  statistics::MessageEnd message;
  message.state = State::end_of_message;
  message.status = Status::quarantine;
  message.bytes = 100;
  message.recipients = 3;
  message.refused = 1;
  counter.count(message);
  counter.count(statistics::SessionEnd{State::quit, Status::pass, 2, 1});
  counter.count(statistics::SessionDisconnected{});
  counter.count(statistics::Quarantined{});
  counter.count(statistics::SessionsFinished{});  // told by the process itself
  counter.count_start("m", true);
  counter.count_start("m", false);

  const Counts counts = counter.counts();
  CHECK(counts.number(Id::milter_verdicts_total,
                      {"m", "envelope-recipient", "reject", "evaluated", "overruled"}) == 2);
  CHECK(counts.number(Id::milter_recipients_total, {"m", "passed"}) == 4);
  CHECK(counts.number(Id::milter_recipients_total, {"m", "rejected"}) == 4);
  CHECK(counts.number(Id::milter_recipients_total, {"m", "deferred"}) == 2);
  CHECK(counts.histogram(Id::milter_wait_seconds, {"m"}).sum() == 0.5);
  CHECK(counts.number(Id::milter_connections_total, {"m", "quit", "pass"}) == 1);
  CHECK(counts.number(Id::messages_total, {"end-of-message", "quarantine"}) == 1);
  CHECK(counts.number(Id::message_bytes_total, {}) == 100);
  CHECK(counts.number(Id::recipients_total, {"accepted"}) == 2);
  CHECK(counts.number(Id::recipients_total, {"refused"}) == 1);
  CHECK(counts.number(Id::sessions_total, {"quit", "pass"}) == 1);
  CHECK(counts.number(Id::clients_gone_total, {}) == 1);
  CHECK(counts.number(Id::quarantined_total, {}) == 1);
  CHECK(counts.number(Id::milter_starts_total, {"m", "asked"}) == 1);
  CHECK(counts.number(Id::milter_starts_total, {"m", "impossible"}) == 1);
}

TEST_CASE("a milter that one worker can't reach is not up") {
  const Counts counts = total(example_snapshot(), "3.0.0");
  CHECK(counts.number(Id::milter_up, {"clamav-milter"}) == 1);
  CHECK(counts.number(Id::milter_up, {"milter-greylist"}) == 0);
  CHECK(counts.numbers().count({Id::milter_up, {"milter-greylist"}}) == 1);
  CHECK(counts.numbers().count({Id::milter_up, {"sampled"}}) == 0);  // nobody asks it
  CHECK(counts.number(Id::sessions, {}) == 3);
  CHECK(counts.number(Id::worker_restarts_total, {}) == 1);
  CHECK(counts.number(Id::reloads_total, {"refused"}) == 1);
  CHECK(counts.number(Id::log_lines_dropped_total, {}) == 5);
  CHECK(counts.number(Id::build_info, {"3.0.0"}) == 1);
}
