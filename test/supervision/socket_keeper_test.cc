// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/socket_keeper.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/log/logger.h"
#include "core/net/loop.h"

using namespace milter_manager;
using namespace milter_manager::supervision;

namespace {

class World {
 public:
  World() {
    std::string path = (std::filesystem::temp_directory_path() / "keeper-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()));
    folder_ = path;
    log::Settings settings;
    settings.path = folder_ + "/log";
    logger_ = std::make_unique<log::Logger>(settings);
    auto sockets = ListeningSockets::open(*at("a"));
    REQUIRE(sockets);
    keeper = std::make_unique<SocketKeeper>(loop, *logger_, std::move(*sockets),
                                            [this](const ListeningSockets&) { ++passed_on; });
  }
  ~World() { std::filesystem::remove_all(folder_); }

  std::shared_ptr<const config::Configuration> at(const std::string& name) const {
    const auto configuration = std::make_shared<config::Configuration>();
    configuration->manager.connection_spec = "unix:" + folder_ + "/" + name;
    return configuration;
  }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_ + "/" + name); }
  std::string spec() const { return std::filesystem::path(keeper->sockets().spec()).filename().string(); }

  net::Loop loop;
  std::unique_ptr<SocketKeeper> keeper;
  int passed_on = 0;

 private:
  std::string folder_;
  std::unique_ptr<log::Logger> logger_;
};

}  // namespace

TEST_CASE("of configurations that come while an address is being opened each is followed, in order") {
  World world;
  std::vector<std::string> told;
  const auto follow = [&](const std::string& name) {
    world.keeper->follow(world.at(name), [&, name](const Result<void>& followed) {
      CHECK(followed);
      told.push_back(name + " at " + world.spec());
      if (told.size() == 3) world.loop.stop();
    });
  };
  for (const char* name : {"b", "c", "c"}) follow(name);
  CHECK(told.empty());
  world.loop.run();
  CHECK(told == std::vector<std::string>{"b at b", "c at c", "c at c"});
  CHECK(world.passed_on == 2);
  world.keeper->close();
  for (const char* name : {"a", "b", "c"}) CHECK_FALSE(world.has(name));
}

TEST_CASE("an address that is being opened when the manager stops leaves no file behind") {
  World world;
  int told = 0;
  for (const char* name : {"b", "c"}) {
    world.keeper->follow(world.at(name), [&](const Result<void>& followed) {
      REQUIRE_FALSE(followed);
      CHECK(followed.error().message == "the manager is stopping");
      if (++told == 2) world.loop.stop();
    });
  }
  world.keeper->close();
  world.loop.run();
  CHECK(told == 2);
  for (const char* name : {"a", "b", "c"}) CHECK_FALSE(world.has(name));
}
