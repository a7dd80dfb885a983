// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/controller.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/control/client.h"
#include "core/control/custom_file.h"
#include "test/fake_manager/fake_manager.h"
#include "test/net/world.h"

using namespace milter_manager;
using namespace milter_manager::control;
using namespace std::string_literals;
using net::run_until;

namespace {

// A controller on a socket of its own, and what a client hears there.
struct World {
  explicit World(const std::string& place = "") {
    auto configuration = example_configuration();
    configuration.controller.connection_spec = place.empty() ? "unix:" + directory.file("sock") : place;
    manager.configured = std::make_shared<const config::Configuration>(configuration);
    manager.snapshot = example_snapshot();
    REQUIRE(controller.use(*manager.configured));
  }

  Result<Reply> ask(const Command& command) {
    std::optional<Result<Reply>> reply;
    const Client client(loop, net::parse_connection_spec(controller.server().spec()).value(), command,
                        std::chrono::seconds(30), [&](Result<Reply> heard) { reply = std::move(heard); });
    run_until(loop, [&] { return reply.has_value(); });
    return std::move(*reply);
  }
  // A client that speaks bytes.
  struct Raw : net::Recorder {
    Raw(net::Loop& loop, const std::string& spec)
        : stream(loop, net::parse_connection_spec(spec).value(), *this) {}
    net::Stream stream;
  };

  net::TemporaryDirectory directory;
  net::Loop loop;
  log::Logger logger{silent()};
  FakeManager manager{loop};
  Controller controller{loop, logger, manager, "3.0.0"};
};

}  // namespace

TEST_CASE("a reload is answered as it went") {
  World world;
  CHECK(world.ask({CommandKind::reload, ""}).value() == Reply{ReplyKind::success, ""});
  world.manager.outcome = failure("milter-manager.conf:3: error: unexpected end");
  CHECK(world.ask({CommandKind::reload, ""}).value() ==
        failure_reply("milter-manager.conf:3: error: unexpected end"));
  CHECK(world.manager.reloads == 2);
}

TEST_CASE("a milter is stopped by its name") {
  World world;
  CHECK(world.ask({CommandKind::stop_child, "milter-greylist"}).value().kind == ReplyKind::success);
  CHECK(world.manager.stopped == std::vector<std::string>{"milter-greylist"});
  world.manager.outcome = failure("no milter has this name: <x>");
  CHECK(world.ask({CommandKind::stop_child, "x"}).value() == failure_reply("no milter has this name: <x>"));
}

TEST_CASE("a new configuration takes the old one's place in the first folder that can be written") {
  World world;
  const std::string second = world.directory.file("second"), third = world.directory.file("third");
  REQUIRE(::mkdir(second.c_str(), 0700) == 0);
  REQUIRE(::mkdir(third.c_str(), 0700) == 0);
  world.manager.folders = {world.directory.file("missing"), second, third};
  const std::string path = second + "/" + std::string(kCustomFile);
  for (const std::string& text : {"<configuration/>\n"s, ""s, std::string(1 << 19, 'x')}) {
    CHECK(world.ask({CommandKind::set_configuration, text}).value() == Reply{ReplyKind::success, ""});
    CHECK(read_file(path) == text);
  }
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator(second), {}) == 1);
  CHECK(std::filesystem::is_empty(third));

  world.manager.folders = {world.directory.file("missing")};
  CHECK(world.ask({CommandKind::set_configuration, "x"}).value() ==
        error_reply(
            "failed to save custom configuration file: can't find writable custom configuration file in [\"" +
            world.directory.file("missing") + "\" (No such file or directory)]"));
}

TEST_CASE("the configuration is told as XML") {
  World world;
  const auto reply = world.ask({CommandKind::get_configuration, ""}).value();
  CHECK(reply.kind == ReplyKind::configuration);
  check_golden(TEST_SOURCE_DIR "/golden/configuration.xml", reply.text);

  world.manager.folders = {world.directory.file(".")};
  REQUIRE(world.ask({CommandKind::set_configuration, "x"}));
  CHECK_THAT(world.ask({CommandKind::get_configuration, ""}).value().text,
             Catch::Contains("\n  <last-modified>1"));
}

TEST_CASE("the status is one JSON object") {
  World world;
  const auto reply = world.ask({CommandKind::get_status, ""}).value();
  CHECK(reply.kind == ReplyKind::status);
  const auto json = nlohmann::json::parse(reply.text);
  CHECK(json["pid"] == 1000);
  CHECK(json["uptime"].get<double>() > 1e6);
  CHECK(json["milters"][1]["state"] == "unreachable");
}

TEST_CASE("what is no command gets an error, and the manager lives on") {
  World world;
  World::Raw client(world.loop, world.controller.server().spec());
  client.stream.write("\0\0\0\x09shutdown\0"s);
  run_until(world.loop, [&] { return client.has_ended; });
  CHECK(client.bytes.substr(4) == "error\0unexpected command was received: <shutdown>"s);

  World::Raw endless(world.loop, world.controller.server().spec());
  endless.stream.write("\xff\xff\xff\xff");
  run_until(world.loop, [&] { return endless.has_ended; });
  CHECK_THAT(endless.bytes, Catch::Contains("a message of 4294967295 bytes is too long"));
  CHECK(world.ask({CommandKind::reload, ""}).value().kind == ReplyKind::success);
  run_until(world.loop, [&] { return world.controller.server().clients() == 0; });
}

TEST_CASE("commands that are sent ahead are answered one after the other") {
  World world;
  World::Raw client(world.loop, world.controller.server().spec());
  for (int i = 0; i < 100; ++i) client.stream.write(encode(Command{CommandKind::reload, ""}));
  client.stream.finish_writing();
  run_until(world.loop, [&] { return client.has_ended; });
  std::string all;
  for (int i = 0; i < 100; ++i) all += encode(Reply{ReplyKind::success, ""});
  CHECK(client.bytes == all);
  CHECK(world.manager.reloads == 100);
}

TEST_CASE("a client that goes before its answer is forgotten") {
  World world;
  world.manager.answers = false;
  {
    World::Raw client(world.loop, world.controller.server().spec());
    client.stream.write(encode(Command{CommandKind::reload, ""}));
    run_until(world.loop, [&] { return world.manager.reloads == 1; });
  }
  world.manager.answers = true;
  CHECK(world.ask({CommandKind::reload, ""}).value().kind == ReplyKind::success);
  run_until(world.loop, [&] { return world.controller.server().clients() == 0; });
}

TEST_CASE("no more clients than are allowed are served at once") {
  World world;
  std::vector<std::unique_ptr<World::Raw>> crowd;
  for (std::size_t i = 0; i < Server::kMostClients + 10; ++i) {
    crowd.push_back(std::make_unique<World::Raw>(world.loop, world.controller.server().spec()));
  }
  const auto refused = [&] {
    return std::count_if(crowd.begin(), crowd.end(),
                         [](const auto& one) { return one->has_ended || one->error; });
  };
  run_until(world.loop, [&] { return refused() == 10; });
  CHECK(world.controller.server().clients() == Server::kMostClients);
}

TEST_CASE("over TCP within this host the controller knows its own user") {
  World world("inet:0@[127.0.0.1]");
  CHECK(world.ask({CommandKind::reload, ""}).value().kind == ReplyKind::success);
}

TEST_CASE("a place that other hosts reach is served only where that is allowed") {
  World world;
  config::Configuration configuration = *world.manager.configured;
  configuration.controller.connection_spec = "inet:0";
  const auto refused = world.controller.use(configuration);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("controller.allow_remote = true"));
  CHECK_THAT(world.controller.server().spec(), Catch::StartsWith("unix:"));  // the old place stays
  configuration.controller.allow_remote = true;
  CHECK(world.controller.use(configuration));
  CHECK_THAT(world.controller.server().spec(), Catch::StartsWith("inet:"));
  configuration.controller.connection_spec.reset();
  CHECK(world.controller.use(configuration));
  CHECK(world.controller.server().spec().empty());
}

TEST_CASE("the controller's place is an address, since looking up a name takes time") {
  World world;
  config::Configuration configuration = *world.manager.configured;
  configuration.controller.allow_remote = true;
  configuration.controller.connection_spec = "inet:0@mail.example.org";
  const auto refused = world.controller.use(configuration);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "controller.connection_spec needs an address, not a name: <inet:0@mail.example.org>");
  configuration.controller.connection_spec = "inet:0@localhost";
  REQUIRE(world.controller.use(configuration));
  CHECK_THAT(world.controller.server().spec(), Catch::EndsWith("@[127.0.0.1]"));
  CHECK(controller_place("inet6:1@localhost").value() == net::parse_connection_spec("inet6:1@[::1]").value());
}

TEST_CASE("a reload can give the same socket another mode") {
  World world;
  config::Configuration configuration = *world.manager.configured;
  configuration.controller.unix_socket_mode = 0600;
  REQUIRE(world.controller.use(configuration));
  struct stat status {};
  REQUIRE(::stat(world.directory.file("sock").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(world.ask({CommandKind::reload, ""}).value().kind == ReplyKind::success);
}
