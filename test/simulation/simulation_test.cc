// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "test/simulation/comparison.h"
#include "test/simulation/manager.h"

namespace milter_manager::simulation {
namespace {

struct Tally {
  std::uint64_t calm = 0, mails = 0, changed = 0, delivered_in_trouble = 0;
};

// "" or what went wrong in the session of this seed.
std::string simulate(std::uint64_t seed, Tally& tally, Record* record = nullptr) {
  const Play play = play_of(seed);
  std::vector<Transcript> transcripts(play.milters.size());
  Manager manager(play, transcripts, record);
  const Outcome outcome = Mta(play, {&manager}, nullptr).run();
  manager.finish();
  if (!manager.fault().empty()) return manager.fault();
  if (std::string fault = bypass(play, manager, outcome); !fault.empty()) return fault;
  if (!play.calm) {
    tally.delivered_in_trouble += outcome.mails.size();
    return {};
  }
  ++tally.calm;
  const Direct direct = direct_outcome(play);
  tally.mails += direct.outcome.mails.size();
  for (const auto& delivered : direct.outcome.mails) tally.changed += was_changed(play, delivered);
  return difference(play, direct, outcome, transcripts);
}

std::string as_scenario(std::uint64_t seed) {
  const Play play = play_of(seed);
  Record record(play);
  Tally tally;
  simulate(seed, tally, &record);
  return record.text();
}

}  // namespace

// SIMULATION=seed plays one session alone and prints it as a scenario, SIMULATIONS=count so many of them,
// SIMULATION_SEED=seed from that seed on.
TEST_CASE("a mail ends as it would if the MTA talked to the same milters itself") {
  Tally tally;
  if (const char* seed = std::getenv("SIMULATION")) {
    const std::uint64_t number = std::strtoull(seed, nullptr, 10);
    const std::string fault = simulate(number, tally);
    fmt::print("{}\n{}\n", as_scenario(number), fault);
    CHECK(fault == "");
    return;
  }
  const char* many = std::getenv("SIMULATIONS");
  const char* from = std::getenv("SIMULATION_SEED");
  const std::uint64_t count = many ? std::strtoull(many, nullptr, 10) : 100000;
  const std::uint64_t first = from ? std::strtoull(from, nullptr, 10) : 1;
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + count && failures < 10; ++seed) {
    const std::string fault = simulate(seed, tally);
    if (fault.empty()) continue;
    ++failures;
    FAIL_CHECK("seed " << seed << ": " << fault << "\n" << (failures == 1 ? as_scenario(seed) : ""));
  }
  fmt::print(
      "{} sessions, {} compared; {} mails compared, {} of them changed by milters; {} passed amid faults\n",
      count, tally.calm, tally.mails, tally.changed, tally.delivered_in_trouble);
  // Something must have been compared.
  CHECK(tally.calm > count / 3);
  CHECK(tally.mails > count / 4);
  CHECK(tally.changed > count / 40);
  CHECK(tally.delivered_in_trouble > count / 40);
}

}  // namespace milter_manager::simulation
