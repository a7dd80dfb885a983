// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/milter_load.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace milter_manager::report {
namespace {

using statistics::Cause;
using statistics::State;
using statistics::Status;

ChildVerdict verdict(State state, double final_waited, std::optional<double> epoch,
                     Cause cause = Cause::answer) {
  ChildVerdict child;
  child.name = "spamass-milter";
  child.state = state;
  child.cause = cause;
  child.final_waited = final_waited;
  child.epoch = epoch;
  return child;
}

MilterLoad load_of_spamd(bool shared = false) {
  return MilterLoad({.is_wanted = [](std::string_view name) { return name == "spamass-milter"; },
                     .content_only = true,
                     .shared = shared});
}

void tell(MilterLoad& load, const ChildVerdict& child, std::string_view host = "mail") {
  Message message;
  message.host = host;
  message.children = {&child, 1};
  load.message(message);
}

void tell(MilterLoad& load, double time, const statistics::Event& event) {
  load.event({time, "mail", 1, event, {}});
}

TEST_CASE("work is what kept the milter busy with a mail's content", "[load]") {
  MilterLoad load = load_of_spamd();
  tell(load, verdict(State::end_of_message, 2, 1010.0));
  tell(load, verdict(State::header, 1, 1005.0));
  tell(load, verdict(State::end_of_message, 30, 1050.0, Cause::fallback));
  tell(load, verdict(State::envelope_recipient, 1, 1005.0));         // before there is content
  tell(load, verdict(State::end_of_message, 0, 1005.0));             // repeated from an earlier message
  tell(load, verdict(State::connect, 1, 1005.0, Cause::condition));  // not asked
  tell(load, verdict(State::end_of_message, 1, std::nullopt));       // no answer
  tell(load, verdict(State::end_of_message, 1e9, 1005.0));           // a line may claim anything
  ChildVerdict other = verdict(State::end_of_message, 2, 1010.0);
  other.name = "opendkim";
  tell(load, other);
  const auto hosts = load.take_hosts();
  REQUIRE(hosts.size() == 1);
  const HostLoad& mail = hosts.at("mail");
  CHECK(mail.source() == LoadSource::messages);
  CHECK(mail.failed == 1);
  REQUIRE(mail.work.size() == 3);
  CHECK(mail.work[0].begin == 1004);
  CHECK(mail.work[1].begin == 1008);
  CHECK(mail.work[2].begin == 1020);
  CHECK(mail.work[2].seconds == 30);
  CHECK(load.names().at("opendkim") == false);
}

TEST_CASE("message lines take the place of the estimate from connections", "[load]") {
  MilterLoad load = load_of_spamd();
  const statistics::MilterEnd end{State::end_of_message, Status::pass, 4, 7, "spamass-milter"};
  const statistics::MilterEnd early{State::connect, Status::stop, 4, 7, "spamass-milter"};
  const statistics::MilterEnd negative{State::end_of_message, Status::pass, -1e-6, 7, "spamass-milter"};
  tell(load, 100, end);
  tell(load, 100, early);
  tell(load, 100, negative);
  {
    MilterLoad estimate = load_of_spamd();
    tell(estimate, 100, end);
    const auto hosts = estimate.take_hosts();
    CHECK(hosts.at("mail").source() == LoadSource::connections);
    REQUIRE(hosts.at("mail").work.size() == 1);
    CHECK(hosts.at("mail").work[0].begin == 96);
  }
  tell(load, verdict(State::end_of_message, 2, 110.0));
  tell(load, 120, end);
  const auto hosts = load.take_hosts();
  CHECK(hosts.at("mail").source() == LoadSource::messages);
  REQUIRE(hosts.at("mail").work.size() == 1);
  CHECK(hosts.at("mail").work[0].begin == 108);
}

TEST_CASE("hosts have their own work, or share it, and no log makes too many", "[load]") {
  for (const bool shared : {false, true}) {
    MilterLoad load = load_of_spamd(shared);
    for (int i = 0; i < 3000; ++i)
      tell(load, verdict(State::end_of_message, 2, 1000.0 + i), "mx" + std::to_string(i));
    const auto hosts = load.take_hosts();
    std::size_t work = 0;
    for (const auto& [name, host] : hosts) work += host.work.size();
    CHECK(work == 3000);
    CHECK(hosts.size() == (shared ? 1 : 1001));
  }
}

TEST_CASE("connections and what is open are counted beside the work", "[load]") {
  MilterLoad load = load_of_spamd();
  tell(load, 100, statistics::SessionEnd{State::quit, Status::pass, 12, 1});
  tell(load, 110, statistics::SessionEnd{State::quit, Status::pass, 8, 2});
  tell(load, 120, statistics::Heartbeat{60, 120, 0, 0, 17, 0, 0});
  tell(load, 130, statistics::SessionsFinished{10, 1, 21});
  const auto hosts = load.take_hosts();
  const HostLoad& mail = hosts.at("mail");
  CHECK(mail.sessions == 2);
  CHECK(mail.session_seconds == 20);
  CHECK(mail.most_open == 21);
  CHECK(mail.source() == LoadSource::none);
}

TEST_CASE("what several processes tell of the same minutes adds up", "[load]") {
  MilterLoad load = load_of_spamd();
  statistics::MilterLoad minute;
  minute.span = 60;
  minute.name = "spamass-milter";
  for (int i = 1; i <= 50; ++i) {
    for (const std::uint32_t pid : {1U, 2U}) {
      const double time = i * 60.0 + 5 * pid;
      minute.busy_mean = pid == 1 ? 2 : 1;
      minute.busy_max = pid == 1 ? 5 : 3;
      load.event({time, "mail", pid, minute, {}});
      load.event({time, "mail", pid, statistics::Heartbeat{60, time, 0, 0, pid == 1 ? 20U : 10U, 0, 0}, {}});
    }
  }
  const auto hosts = load.take_hosts();
  const HostLoad& mail = hosts.at("mail");
  CHECK(mail.most_busy == 8);
  CHECK(mail.most_open == 30);
  REQUIRE(mail.load_hours.size() == 1);
  const LoadHour& hour = mail.load_hours.begin()->second;
  CHECK(hour.seconds == 50 * 60 + 5);
  CHECK(hour.busy_seconds / hour.seconds == Approx(3).epsilon(0.01));
}

TEST_CASE("work far from when it was logged is none, and no process fills the memory", "[load]") {
  MilterLoad load = load_of_spamd();
  for (const double epoch : {1e300, -1e300, 1e8}) tell(load, verdict(State::end_of_message, 2, epoch));
  const auto hosts = load.take_hosts();
  CHECK(hosts.at("mail").work.empty());
  AtOnce at_once;
  for (std::uint32_t pid = 0; pid < 20'000; ++pid) at_once.add(60, "mail", pid, UINT64_MAX);
  CHECK(at_once.most() == 1000ULL * 1'000'000'000);
}

}  // namespace
}  // namespace milter_manager::report
