// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/circuit_breaker.h"

#include <catch2/catch.hpp>

using namespace milter_manager;
using namespace milter_manager::proxy;
using Change = CircuitBreaker::Change;

namespace {

// Answers of which each `every`th is a rejection (0: none); the number of the one that changed something, -1: none did.
int count(CircuitBreaker& breaker, int answers, int every, double factor = 4) {
  for (int i = 1; i <= answers; ++i) {
    if (breaker.count(every > 0 && i % every == 0, factor) != Change::none) return i;
  }
  return -1;
}

statistics::MilterMessage verdict(std::string_view name, statistics::Status status,
                                  statistics::Cause cause = statistics::Cause::answer) {
  statistics::MilterMessage message;
  message.state = statistics::State::end_of_message;
  message.status = status;
  message.cause = cause;
  message.name = name;
  return message;
}

statistics::MilterMessage repeated(std::string_view name, statistics::State state,
                                   statistics::Status status) {
  auto message = verdict(name, status, statistics::Cause::overruled);
  message.state = state;
  return message;
}

config::Configuration configuration(std::optional<double> factor) {
  config::Configuration configuration;
  configuration.milters.resize(2);
  configuration.milters[0].name = "watched";
  configuration.milters[0].circuit_breaker = factor;
  configuration.milters[1].name = "other";
  return configuration;
}

}  // namespace

TEST_CASE("a milter that rejects as ever opens nothing, whatever it rejects") {
  for (const int every : {0, 50, 20, 10, 3, 2, 1}) {
    CAPTURE(every);
    CircuitBreaker breaker;
    CHECK(count(breaker, 20'000, every) == -1);
    CHECK_FALSE(breaker.is_open());
  }
}

TEST_CASE("a milter that suddenly rejects everything is stopped after few mails") {
  const struct { int usually_every, most_mails; } cases[] = {{0, 11}, {100, 12}, {20, 30}, {10, 50}};
  for (const auto& [usually_every, most_mails] : cases) {
    CAPTURE(usually_every);
    CircuitBreaker breaker;
    REQUIRE(count(breaker, 2000, usually_every) == -1);
    const int opened = count(breaker, 200, 1);
    CHECK(opened > 0);
    CHECK(opened <= most_mails);
    CHECK(breaker.is_open());
    CHECK(breaker.trips() == 1);
  }
}

TEST_CASE("nothing is unusual before something is usual") {
  CircuitBreaker breaker;
  CHECK(count(breaker, 500, 0) == -1);
  CHECK(count(breaker, 99, 1) == -1);
}

TEST_CASE("a slow change becomes usual") {
  CircuitBreaker breaker;
  REQUIRE(count(breaker, 5000, 20) == -1);
  for (const int every : {16, 13, 10, 8, 7, 6, 5}) CHECK(count(breaker, 10'000, every) == -1);
}

TEST_CASE(
    "it closes when a whole span of answers has come back, and what was answered meanwhile is not usual") {
  CircuitBreaker breaker;
  REQUIRE(count(breaker, 5000, 20) == -1);
  const double usual = breaker.usual_share();
  REQUIRE(count(breaker, 200, 1) > 0);
  CHECK(count(breaker, 5000, 1) == -1);  // it stays open
  CHECK(breaker.usual_share() == Approx(usual).epsilon(0.05));
  CHECK(count(breaker, 1000, 20) > 0);
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.trips() == 1);
  CHECK(count(breaker, 5000, 20) == -1);
  REQUIRE(count(breaker, 200, 1) > 0);
  CHECK(breaker.trips() == 2);
}

TEST_CASE("who is rejected at once and may send mail all the same is one answer, however much is sent") {
  using statistics::State;
  using statistics::Status;
  for (const State state : {State::connect, State::helo}) {
    for (const Status status : {Status::reject, Status::discard}) {
      CAPTURE(static_cast<int>(state), static_cast<int>(status));
      CHECK_FALSE(answer_in(repeated("watched", state, status)));
      const auto end = answer_in(statistics::MilterEnd{state, status, 0, 1, "watched"});
      REQUIRE(end);
      CHECK(end->rejected);
    }
    // Who is accepted at once is told by nothing else.
    const auto accepted = answer_in(repeated("watched", state, Status::accept));
    REQUIRE(accepted);
    CHECK_FALSE(accepted->rejected);
  }
  const auto later = answer_in(repeated("watched", State::envelope_from, Status::reject));
  REQUIRE(later);
  CHECK(later->rejected);
}

TEST_CASE("only milters that have a breaker are watched, and only for what they say themselves") {
  using statistics::Cause;
  using statistics::Status;
  CircuitBreakers breakers;
  breakers.use(configuration(4));
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(breakers.count(verdict("watched", Status::accept)));
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(breakers.count(verdict("other", Status::reject)));
    CHECK_FALSE(breakers.count(verdict("watched", Status::reject, Cause::fallback)));
    CHECK_FALSE(breakers.count(verdict("watched", Status::temporary_failure)));
  }
  std::optional<CircuitBreakers::Changed> changed;
  for (int i = 0; i < 1000 && !changed; ++i) {
    // Half of them at once, when the client connects.
    changed = i % 2 == 0 ? breakers.count(verdict("watched", Status::reject))
                         : breakers.count(statistics::MilterEnd{statistics::State::connect, Status::reject, 0,
                                                                1, "watched"});
  }
  REQUIRE(changed);
  CHECK(changed->milter == "watched");
  CHECK(changed->opened);
  CHECK(breakers.open() == std::set<std::string>{"watched"});

  breakers.use(configuration(4));  // a reload
  CHECK(breakers.open().empty());
  CHECK(breakers.all().at("watched").trips() == 1);
  breakers.use(configuration(std::nullopt));
  CHECK(breakers.all().empty());
  CHECK_FALSE(breakers.count(verdict("watched", Status::reject)));
}
