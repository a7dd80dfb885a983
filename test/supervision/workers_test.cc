// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/workers.h"

#include <signal.h>
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/net/timer.h"

using namespace milter_manager;
using namespace milter_manager::supervision;

namespace {

// Workers that are some program which knows nothing of its supervisor.
struct World {
  World() {
    std::string path = (std::filesystem::temp_directory_path() / "workers-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()));
    folder = path;
    log::Settings settings;
    settings.path = folder + "/log";
    logger.emplace(settings);
  }
  ~World() { std::filesystem::remove_all(folder); }

  std::string logged() {
    REQUIRE(logger->flush(std::chrono::seconds(60)));
    std::ifstream file(folder + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static WorkersOptions of(std::vector<std::string> arguments) {
    WorkersOptions options;
    options.program = [arguments = std::move(arguments)](std::uint32_t) {
      net::Program program;
      program.path = arguments[0];
      program.arguments = arguments;
      return program;
    };
    return options;
  }
  // How a start with these ends.
  Result<void> start(WorkersOptions options) {
    Workers workers(loop, *logger, std::move(options));
    Result<void> result;
    workers.start("", {}, [&](const Result<void>& started) {
      result = started;
      workers.stop([&] { loop.stop(); });
    });
    loop.run();
    return result;
  }

  std::string folder;
  net::Loop loop;
  std::optional<log::Logger> logger;
};

}  // namespace

TEST_CASE("a start with workers that end at once fails, and tells how they ended") {
  World world;
  const auto started = world.start(World::of({"/bin/sh", "-c", "exit 7"}));
  REQUIRE_FALSE(started);
  CHECK(started.error().message == "worker 1 ended before it served: exit status 7");
}

TEST_CASE("a start with a program that isn't there fails") {
  World world;
  const auto started = world.start(World::of({"/nowhere/at/all"}));
  REQUIRE_FALSE(started);
  CHECK(started.error().message == "can't start /nowhere/at/all: No such file or directory");
}

TEST_CASE("a worker that is not heard of is ended") {
  World world;
  WorkersOptions options = World::of({"/bin/sleep", "100000"});
  options.care_interval = options.silence_limit = std::chrono::milliseconds(5);
  const auto started = world.start(std::move(options));
  REQUIRE_FALSE(started);
  CHECK(started.error().message == "worker 1 ended before it served: signal 9 (Killed)");
  CHECK_THAT(world.logged(), Catch::Contains("[worker][stuck] worker 1 has not answered"));
}

TEST_CASE("a worker that closes its channel is told to end") {
  World world;
  // Both descriptors of the supervisor, then for ever, until the signal comes.
  const auto started =
      world.start(World::of({"/bin/sh", "-c", "exec 3>&- 4>&-; while :; do sleep 0.01; done"}));
  REQUIRE_FALSE(started);
  CHECK(started.error().message == "worker 1 ended before it served: signal 15 (Terminated)");
}

TEST_CASE("without workers nothing is to be waited for") {
  World world;
  WorkersOptions options = World::of({"/bin/false"});
  options.count = 0;
  Workers workers(world.loop, *world.logger, std::move(options));
  int told = 0;
  workers.ask_status([&] { ++told; });
  workers.ask_status([&] { ++told; });
  workers.take_loads([&](const std::vector<proxy::MilterLoad>& loads) {
    CHECK(loads.empty());
    ++told;
  });
  workers.configure("", [&](const Result<void>& configured) {
    CHECK(configured);
    workers.stop([&] { world.loop.stop(); });
  });
  world.loop.run();
  CHECK(told == 3);
}

TEST_CASE("a pause of the supervisor's own is not held against its workers") {
  World world;
  WorkersOptions options = World::of({"/bin/sleep", "100000"});
  options.care_interval = std::chrono::milliseconds(10);
  options.silence_limit = std::chrono::milliseconds(300);
  Workers workers(world.loop, *world.logger, std::move(options));
  workers.start("", {}, [](const Result<void>&) {});
  // As if it had been stopped for that long.
  world.loop.post([] { std::this_thread::sleep_for(std::chrono::milliseconds(400)); });
  net::Timer end(world.loop, [&] { workers.stop([&] { world.loop.stop(); }); });
  end.start_after(std::chrono::milliseconds(50));
  world.loop.run();
  CHECK_THAT(world.logged(), !Catch::Contains("[worker][stuck]"));
}

TEST_CASE("a worker that can't be given its sockets is told to end") {
  World world;
  Workers workers(world.loop, *world.logger, World::of({"/bin/sleep", "100000"}));
  Result<void> result;
  workers.start("", {-1}, [&](const Result<void>& started) {
    result = started;
    workers.stop([&] { world.loop.stop(); });
  });
  world.loop.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "worker 1 ended before it served: signal 15 (Terminated)");
  CHECK_THAT(world.logged(), Catch::Contains("worker 1 can't be given its sockets"));
}

TEST_CASE("a worker's answer to an earlier configuration does not count for a later one") {
  World world;
  // Takes the first configuration and the next, and refuses the third: a frame's length, the kind 'A', and why.
  Workers workers(
      world.loop, *world.logger,
      World::of({"/bin/sh", "-c",
                 "printf '\\0\\0\\0\\1A' >&3; head -c 15 <&3 >/dev/null; printf '\\0\\0\\0\\1A' >&3; "
                 "sleep 0.1; printf '\\0\\0\\0\\3Ano' >&3; head -c 5 <&3 >/dev/null"}));
  std::string refused, overtaken;
  workers.start("", {}, [&](const Result<void>& started) {
    REQUIRE(started);
    workers.configure("", [&](const Result<void>& configured) {
      if (!configured) overtaken = configured.error().message;
    });
    workers.configure("", [&](const Result<void>& configured) {
      if (!configured) refused = configured.error().message;
      workers.stop([&] { world.loop.stop(); });
    });
  });
  world.loop.run();
  CHECK(refused == "worker 1: no");
  // Who asked for the earlier one is told so, when the later one takes its place.
  CHECK(overtaken == "worker 1: is still reading it");
}

TEST_CASE("whoever asks workers is answered, also when the next one asks before they have answered") {
  World world;
  Workers workers(world.loop, *world.logger,
                  World::of({"/bin/sh", "-c", "printf '\\0\\0\\0\\1A' >&3; exec sleep 100000"}));
  int answered = 0;
  workers.start("", {}, [&](const Result<void>& started) {
    REQUIRE(started);
    for (int i = 0; i < 3; ++i) {
      workers.take_loads([&](const std::vector<proxy::MilterLoad>&) { ++answered; });
      workers.ask_status([&] { ++answered; });
    }
    workers.configure("", [&](const Result<void>&) { ++answered; });
    workers.configure("", [&](const Result<void>&) {});  // would take a minute
    workers.take_loads([&](const std::vector<proxy::MilterLoad>&) { workers.kill(); });
    workers.stop([&] { world.loop.stop(); });
  });
  world.loop.run();
  CHECK(answered == 7);
}
