// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/breakers.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>

using namespace milter_manager;
using namespace milter_manager::supervision;

namespace {

struct World {
  explicit World(bool defers) {
    std::string path = (std::filesystem::temp_directory_path() / "breakers-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()));
    folder = path;
    log::Settings settings;
    settings.path = folder + "/log";
    settings.items = 0;
    logger.emplace(settings);
    configuration.milters.resize(2);
    configuration.milters[0].name = "watched";
    configuration.milters[0].circuit_breaker = 4;
    configuration.milters[0].circuit_breaker_defers = defers;
    configuration.milters[1].name = "other";
    breakers.emplace(*logger);
    breakers->use(configuration);
  }
  ~World() { std::filesystem::remove_all(folder); }

  // How many of these answers changed something.
  int count(int answers, bool rejected, const char* milter = "watched") {
    int changes = 0;
    for (int i = 0; i < answers; ++i) changes += breakers->count(milter, rejected) ? 1 : 0;
    return changes;
  }
  std::string logged() {
    REQUIRE(logger->flush(std::chrono::seconds(60)));
    std::ifstream file(folder + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string folder;
  std::optional<log::Logger> logger;
  config::Configuration configuration;
  std::optional<Breakers> breakers;
};

}  // namespace

TEST_CASE("a circuit breaker that opens and closes is told once each, with what it does") {
  for (const bool defers : {false, true}) {
    CAPTURE(defers);
    World world(defers);
    CHECK(world.count(1000, false) == 0);
    CHECK(world.count(1000, true, "other") == 0);
    CHECK(world.breakers->open().empty());
    CHECK(world.count(50, true) == 1);
    CHECK(world.breakers->open() == std::set<std::string>{"watched"});
    REQUIRE(world.breakers->status().size() == 1);
    CHECK(world.breakers->status()[0].milter == "watched");
    CHECK(world.breakers->status()[0].open);
    CHECK(world.breakers->status()[0].trips == 1);
    CHECK(world.count(200, false) == 1);
    CHECK(world.breakers->open().empty());
    CHECK(world.breakers->status()[0].trips == 1);
    CHECK(
        world.logged() ==
        std::string(
            "[milter][breaker][open] more than 4 times its usual 0.0 % of the mail would be rejected: ") +
            (defers ? "what it rejects is answered with a temporary failure" : "its verdicts do not count") +
            " until that is over or the configuration is reloaded: watched\n"
            "[milter][breaker][closed] its verdicts count again: watched\n");
  }
}

TEST_CASE("a reload closes circuit breakers, and forgets those that are no more") {
  World world(false);
  world.count(1000, false);
  CHECK(world.count(50, true) == 1);
  world.breakers->use(world.configuration);
  CHECK(world.breakers->open().empty());
  CHECK(world.breakers->status()[0].trips == 1);
  world.configuration.milters[0].circuit_breaker.reset();
  world.breakers->use(world.configuration);
  CHECK(world.breakers->status().empty());
  CHECK(world.count(1000, true) == 0);
}
