// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "milter-report/model/erlang_c.h"
#include "milter-report/model/worker_count.h"

namespace milter_manager::report {
namespace {

// How mails come to a milter, and how long it works on each.
struct LoadModel {
  const char* name;
  double rate;          // mails a second
  double burst;         // mails at once, mean
  bool is_exponential;  // service; else lognormal
  double service;       // seconds, mean
  double spread;        // of the lognormal
  bool has_days;        // ten times as many by day as by night
};

std::vector<Work> make_load(const LoadModel& model, std::size_t mails, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<> exponential(1.0);
  std::lognormal_distribution<> lognormal(std::log(model.service) - model.spread * model.spread / 2,
                                          model.spread);
  std::geometric_distribution<std::size_t> burst(1 / std::max(model.burst, 1.0));
  std::vector<Work> work;
  double time = 1'790'000'000;
  while (work.size() < mails) {
    const double hour = std::fmod(time, 86400) / 3600;
    const double level = model.has_days ? 0.18 + 1.64 * std::max(0.0, std::sin((hour - 6) / 12 * M_PI)) : 1;
    time += exponential(random) * std::max(model.burst, 1.0) / (model.rate * level);
    double at = time;
    for (std::size_t i = model.burst > 1 ? burst(random) + 1 : 1; i > 0; --i) {
      work.push_back({at, model.is_exponential ? exponential(random) * model.service : lognormal(random)});
      at += 0.05 * exponential(random);
    }
  }
  sort_by_begin(work);
  return work;
}

// A queue in its own right: each server in turn, as an administrator would draw it. Returns the waits; `observed` gets what a log
// would show, waits and all.
double waiting_share(const std::vector<Work>& work, std::uint32_t servers,
                     std::vector<Work>* observed = nullptr) {
  std::vector<double> free_from(servers, 0);
  std::size_t waited = 0;
  for (const Work& piece : work) {
    const auto next = std::min_element(free_from.begin(), free_from.end());
    const double begin = std::max(*next, piece.begin);
    waited += begin > piece.begin ? 1 : 0;
    *next = begin + piece.seconds;
    if (observed != nullptr) observed->push_back({piece.begin, *next - piece.begin});
  }
  return static_cast<double>(waited) / static_cast<double>(work.size());
}

constexpr LoadModel kLoads[] = {
    {"by chance, exponential", 2, 1, true, 2.0, 0, false},
    {"by chance, lognormal", 2, 1, false, 2.0, 1.0, false},
    {"in bursts", 1, 6, false, 1.5, 0.8, false},
    {"by day", 1, 1, false, 3.0, 0.8, true},
    {"much", 40, 2, false, 2.0, 0.6, false},
};

TEST_CASE("the recommended number of workers is enough, and one fewer is not", "[months]") {
  for (const LoadModel& model : kLoads) {
    INFO(model.name);
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      const std::vector<Work> work = make_load(model, 4'000, seed);
      const WorkerCount found = worker_count(work, std::nullopt);
      REQUIRE(found.few_wait);
      REQUIRE(found.hardly_any_wait);
      CHECK(waiting_share(work, *found.few_wait) < kFewWait);
      CHECK(waiting_share(work, *found.few_wait - 1) >= kFewWait);
      CHECK(waiting_share(work, *found.hardly_any_wait) < kHardlyAnyWait);
      CHECK(waiting_share(work, *found.hardly_any_wait - 1) >= kHardlyAnyWait);
    }
  }
}

TEST_CASE("the recommended number of workers holds for other mail of the same kind", "[months]") {
  for (const LoadModel& model : kLoads) {
    INFO(model.name);
    const WorkerCount found = worker_count(make_load(model, 100'000, 1), std::nullopt);
    REQUIRE(found.few_wait);
    const std::vector<Work> other = make_load(model, 100'000, 2);
    const std::uint32_t slack = std::max(1U, *found.few_wait / 20);
    CHECK(waiting_share(other, *found.few_wait + slack) < kFewWait);
    CHECK(waiting_share(other, *found.few_wait - slack) > kFewWait);
  }
}

TEST_CASE("Erlang's formula is right where its assumptions hold", "[months]") {
  for (const double service : {1.0, 5.0, 20.0}) {
    const LoadModel model{"", 1, 1, true, service, 0, false};
    const std::vector<Work> work = make_load(model, 300'000, 3);
    const std::uint32_t servers = erlang_c_servers(service, kFewWait);
    CHECK(waiting_share(work, servers) < kFewWait * 1.2);
    CHECK(waiting_share(work, servers - 1) > kFewWait);
    for (std::uint32_t fewer = servers - 2; fewer > service + 1; --fewer) {
      CHECK(waiting_share(work, fewer) == Approx(erlang_c(fewer, service)).epsilon(0.1).margin(0.005));
    }
  }
}

TEST_CASE("saturation is seen, and not where there is none", "[months]") {
  int seen = 0, false_alarms = 0, months = 0;
  for (const LoadModel& model : kLoads) {
    // Too few: busy for 97 % of the time, and for all of a day's busy hours.
    const auto too_few = static_cast<std::uint32_t>(std::ceil(model.rate * model.service / 0.97));
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const std::vector<Work> work = make_load(model, 3'000, seed);
      std::vector<Work> observed;
      waiting_share(work, too_few, &observed);
      ++months;
      const WorkerCount saturated = worker_count(observed, std::nullopt);
      seen += saturated.saturation.is_saturated() ? 1 : 0;
      // No number where it can't be known.
      CHECK(saturated.few_wait.has_value() != saturated.saturation.is_saturated());
      CHECK(worker_count(observed, too_few).saturation.is_saturated());
      false_alarms += worker_count(work, std::nullopt).saturation.is_saturated() ? 1 : 0;
    }
  }
  INFO(seen << " seen, " << false_alarms << " false alarms of " << months);
  CHECK(seen >= months * 95 / 100);
  CHECK(false_alarms <= months / 100);
}

}  // namespace
}  // namespace milter_manager::report
