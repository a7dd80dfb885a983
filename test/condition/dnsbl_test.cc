// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/dnsbl.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/net/resolver.h"
#include "test/condition/world.h"
#include "test/network/name_server.h"

using namespace milter_manager;
using condition::Dnsbl;
using Kind = NameServer::Kind;
using Settings = config::BuiltinConditions::Dnsbl;

namespace {

Settings services(const NameServer& server, std::vector<Settings::Service> list) {
  return {std::move(list), {server.address()}};
}

// What the condition for listed clients says to a client.
std::string ask_listed(World& world, const Settings& settings, std::string_view client,
                       std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  Dnsbl dnsbl(Dnsbl::Wanted::listed, settings, world.surroundings, limit);
  return ask_at_connect(world, dnsbl, FakeSession::of("h", client));
}

}  // namespace

TEST_CASE("a client is listed when a service answers with the expected address") {
  const NameServer server({
      {"1.2.0.192.zen.example", {Kind::addresses, {"127.0.0.11"}}},
      {"2.2.0.192.zen.example", {Kind::addresses, {"127.0.0.2"}}},
      {"3.2.0.192.zen.example", {Kind::addresses, {"127.0.0.2", "127.0.0.4", "127.0.0.10"}}},
      {"4.2.0.192.zen.example", {Kind::nothing, {}}},
      {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example",
       {Kind::addresses, {"127.0.0.10"}}},
  });
  World world;
  const auto settings = services(server, {{"zen.example", "127.0.0.10/31"}});
  struct Case {
    const char* client;
    bool listed;
  };
  const std::vector<Case> cases = {
      {"192.0.2.1", true},   {"::ffff:192.0.2.1", true}, {"192.0.2.2", false},
      {"192.0.2.3", true},   {"192.0.2.4", false},       {"192.0.2.5", false},
      {"2001:db8::1", true}, {"2001:db8::2", false},     {"/run/s", false},
      {"", false},
  };
  for (const Case& one : cases) {
    INFO(one.client);
    CHECK(ask_listed(world, settings, one.client) == (one.listed ? "go" : "stop"));
    Dnsbl not_listed(Dnsbl::Wanted::not_listed, settings, world.surroundings);
    CHECK(ask_at_connect(world, not_listed, FakeSession::of("h", one.client)) ==
          (one.listed ? "stop" : "go"));
  }
  CHECK(world.logged.empty());
}

TEST_CASE("without an expected address any answer lists") {
  const NameServer server({{"1.2.0.192.any.example", {Kind::addresses, {"127.0.0.99"}}}});
  World world;
  const auto settings = services(server, {{"any.example", std::nullopt}});
  CHECK(ask_listed(world, settings, "192.0.2.1") == "go");
  CHECK(ask_listed(world, settings, "192.0.2.2") == "stop");
}

TEST_CASE("the first service that lists decides; silent ones aren't waited for") {
  const NameServer server({
      {"1.2.0.192.a.example", {Kind::silence, {}}},
      {"1.2.0.192.b.example", {Kind::addresses, {"127.0.0.2"}}},
  });
  World world;
  const auto settings =
      services(server, {{"a.example", "127.0.0.2"}, {"b.example", "127.0.0.2"}, {"c.example", std::nullopt}});
  CHECK(ask_listed(world, settings, "192.0.2.1", std::chrono::hours(1)) == "go");
  // All were asked at once.
  CHECK(server.asked().size() == 3);
}

TEST_CASE("a client that one of several services lists is listed") {
  const NameServer server(
      {{"1.2.0.192.b.example", {Kind::addresses, {"127.0.0.2"}, std::chrono::milliseconds(20)}}});
  World world;
  const auto settings = services(server, {{"a.example", std::nullopt}, {"b.example", std::nullopt}});
  CHECK(ask_listed(world, settings, "192.0.2.1") == "go");
  CHECK(ask_listed(world, settings, "192.0.2.2") == "stop");
}

TEST_CASE("a name server that is silent or dead lists nobody, and costs its session the limit at most") {
  World world;
  SECTION("silent") {
    const NameServer server({{"1.2.0.192.a.example", {Kind::silence, {}}}});
    CHECK(ask_listed(world, services(server, {{"a.example", std::nullopt}}), "192.0.2.1",
                     std::chrono::milliseconds(100)) == "stop");
  }
  SECTION("nobody there") {
    Settings settings;
    {
      const NameServer gone({});
      settings = services(gone, {{"a.example", std::nullopt}});
    }
    CHECK(ask_listed(world, settings, "192.0.2.1", std::chrono::milliseconds(100)) == "stop");
  }
}

TEST_CASE("an answer that comes after the limit counts no more") {
  const NameServer server(
      {{"1.2.0.192.a.example", {Kind::addresses, {"127.0.0.2"}, std::chrono::milliseconds(300)}}});
  World world;
  CHECK(ask_listed(world, services(server, {{"a.example", std::nullopt}}), "192.0.2.1",
                   std::chrono::milliseconds(50)) == "stop");
}

TEST_CASE("a dead name server does not keep the others from being asked") {
  Settings settings;
  const NameServer server({{"1.2.0.192.a.example", {Kind::addresses, {"127.0.0.2"}}}});
  {
    const NameServer gone({});
    settings.name_servers = {gone.address(), server.address()};
  }
  settings.services = {{"a.example", std::nullopt}};
  World world;
  CHECK(ask_listed(world, settings, "192.0.2.1") == "go");
}

TEST_CASE("answers that can't be understood list nobody, and are told once for each service") {
  const NameServer server({
      {"1.2.0.192.a.example", {Kind::server_failure, {}}},
      {"2.2.0.192.a.example", {Kind::server_failure, {}}},
      {"1.2.0.192.b.example", {Kind::garbage, {}}},
      {"2.2.0.192.b.example", {Kind::cut, {"127.0.0.2"}}},
  });
  World world;
  Dnsbl dnsbl(Dnsbl::Wanted::listed,
              services(server, {{"a.example", std::nullopt}, {"b.example", "127.0.0.2"}}), world.surroundings,
              std::chrono::seconds(1));
  CHECK(ask_at_connect(world, dnsbl, FakeSession::of("h", "192.0.2.1")) == "stop");
  CHECK(ask_at_connect(world, dnsbl, FakeSession::of("h", "192.0.2.2")) == "stop");
  const auto of_service = [&](std::string_view name) {
    return std::count_if(world.logged.begin(), world.logged.end(), [&](const std::string& line) {
      return line.find(name) != std::string::npos && line.rfind("warning: [dnsbl] ", 0) == 0;
    });
  };
  CHECK(of_service("a.example") == 1);
  CHECK(of_service("b.example") <= 1);
}

TEST_CASE("a service that says that it doesn't serve us lists nobody, and is told once") {
  const NameServer server({
      {"1.2.0.192.a.example", {Kind::addresses, {"127.255.255.254"}}},
      {"2.2.0.192.a.example", {Kind::addresses, {"127.255.255.255", "127.0.0.2"}}},
  });
  World world;
  Dnsbl dnsbl(Dnsbl::Wanted::listed, services(server, {{"a.example", std::nullopt}}), world.surroundings);
  CHECK(ask_at_connect(world, dnsbl, FakeSession::of("h", "192.0.2.1")) == "stop");
  CHECK(ask_at_connect(world, dnsbl, FakeSession::of("h", "192.0.2.2")) == "go");
  CHECK(world.logged ==
        std::vector<std::string>{
            "warning: [dnsbl] a.example does not serve this host: it answers 127.255.255.254"});
}

TEST_CASE("without services nobody is listed, and nobody is asked") {
  World world;
  CHECK(ask_listed(world, {}, "192.0.2.1") == "stop");
}

TEST_CASE("a condition that ends while services are asked never answers") {
  const NameServer server({{"1.2.0.192.a.example", {Kind::silence, {}}},
                           {"1.2.0.192.b.example", {Kind::addresses, {"127.0.0.2"}}}});
  World world;
  auto dnsbl = std::make_unique<Dnsbl>(
      Dnsbl::Wanted::listed, services(server, {{"a.example", std::nullopt}, {"b.example", std::nullopt}}),
      world.surroundings);
  const auto session = FakeSession::of("h", "192.0.2.1");
  bool answered = false;
  CHECK_FALSE(
      dnsbl->ask({config::Stage::connect, "m", nullptr, false, &session}, [&](auto) { answered = true; }));
  SECTION("at once") { dnsbl.reset(); }
  SECTION("when the services have been asked") {
    world.run_until([&] { return server.asked().size() == 2 || answered; });
    dnsbl.reset();
    answered = false;
  }
  world.run_a_little();
  CHECK_FALSE(answered);
}

TEST_CASE("who is answered may end the condition") {
  const NameServer server({{"1.2.0.192.a.example", {Kind::addresses, {"127.0.0.2"}}}});
  World world;
  auto dnsbl = std::make_unique<Dnsbl>(Dnsbl::Wanted::listed, services(server, {{"a.example", std::nullopt}}),
                                       world.surroundings);
  const auto session = FakeSession::of("h", "192.0.2.1");
  int answers = 0;
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(dnsbl->ask({config::Stage::connect, "m", nullptr, false, &session}, [&](auto) {
      ++answers;
      dnsbl.reset();
    }));
  }
  world.run_until([&] { return dnsbl == nullptr; });
  world.run_a_little();
  CHECK(answers == 1);
}

TEST_CASE("name servers are addresses, with or without a port") {
  for (const char* good :
       {"192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:53"}) {
    INFO(good);
    CHECK(condition::is_name_server(good));
  }
  for (const char* bad :
       {"", "ns.example", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:x", "192.0.2.1:65536", "[192.0.2.1]:53",
        "[2001:db8::1]53", "[2001:db8::1", "192.0.2.1,192.0.2.2", "fe80::1%eth0", "[]", "[", ":53"}) {
    INFO(bad);
    CHECK_FALSE(condition::is_name_server(bad));
  }
}
