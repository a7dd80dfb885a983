// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/sendmail_compatible.h"

#include <catch2/catch.hpp>

#include "core/net/resolver.h"
#include "test/condition/world.h"
#include "test/network/name_server.h"
#include "test/network/tcp_pair.h"

using namespace milter_manager;
using condition::SendmailCompatible;
using Kind = NameServer::Kind;

namespace {

FakeSession of_postfix(std::string_view address, std::uint16_t port) {
  auto session = FakeSession::of("h", address, port);
  session.macros["v"] = "Postfix 3.7.11";
  return session;
}

std::map<std::string, NameServer::Behaviour> named(const char* name) {
  return {{"9.0.0.127.in-addr.arpa", {Kind::name, {name}}}};
}

// The server's end of a connection of this host, 127.0.0.9, has no name but in a name server; the client is 127.0.0.1.
std::string server_port(const TcpPair& pair) { return std::to_string(pair.server_port); }

}  // namespace

TEST_CASE("Sendmail Compatible tells on which address, name and port the MTA serves the client") {
  const NameServer server(named("mx.example.org"));
  World world;
  SendmailCompatible compatible(world.surroundings, {}, {server.address()});
  TcpPair pair("127.0.0.9");
  const auto session = of_postfix("127.0.0.1", pair.client_port);
  CHECK(ask_at_connect(world, compatible, session) ==
        "go daemon_port=" + server_port(pair) + " if_addr=127.0.0.9 if_name=mx.example.org");
  // The name is known now.
  CHECK(ask_at_connect(world, compatible, session) ==
        "go daemon_port=" + server_port(pair) + " if_addr=127.0.0.9 if_name=mx.example.org");
  CHECK(server.asked().size() == 1);
  CHECK(world.logged.empty());
}

TEST_CASE("what the MTA tells itself stays as it is") {
  const NameServer server(named("mx.example.org"));
  World world;
  SendmailCompatible compatible(world.surroundings, {}, {server.address()});
  TcpPair pair("127.0.0.9");
  auto session = of_postfix("127.0.0.1", pair.client_port);
  session.macros["if_addr"] = "192.0.2.1";
  session.macros["if_name"] = "mail.example.org";
  CHECK(ask_at_connect(world, compatible, session) == "go daemon_port=" + server_port(pair));
  session.macros["daemon_port"] = "25";
  CHECK(ask_at_connect(world, compatible, session) == "go");
}

TEST_CASE("a name that can't be found is left out, and told") {
  const NameServer server({});
  World world;
  SendmailCompatible compatible(world.surroundings, {}, {server.address()});
  TcpPair pair("127.0.0.9");
  const auto session = of_postfix("127.0.0.1", pair.client_port);
  const std::string expected = "go daemon_port=" + server_port(pair) + " if_addr=127.0.0.9";
  CHECK(ask_at_connect(world, compatible, session) == expected);
  CHECK(ask_at_connect(world, compatible, session) == expected);
  CHECK(world.logged == std::vector<std::string>{"warning: [sendmail-compatible][warning] can't resolve "
                                                 "server name: 127.0.0.9: Domain name not found"});
}

TEST_CASE("a silent name server is waited for once, and what else is known counts") {
  const NameServer server({{"9.0.0.127.in-addr.arpa", {Kind::silence, {}}}});
  World world;
  SendmailCompatible compatible(world.surroundings, {}, {server.address()}, std::chrono::milliseconds(50));
  TcpPair pair("127.0.0.9");
  const auto session = of_postfix("127.0.0.1", pair.client_port);
  const std::string expected = "go daemon_port=" + server_port(pair) + " if_addr=127.0.0.9";
  CHECK(ask_at_connect(world, compatible, session) == expected);
  const auto asked = server.asked().size();
  CHECK(ask_at_connect(world, compatible, session) == expected);
  CHECK(server.asked().size() == asked);
  CHECK(world.logged.size() == 1);
}

TEST_CASE("only living connections of this host tell anything") {
  const NameServer server(named("mx.example.org"));
  World world;
  SendmailCompatible compatible(world.surroundings, {}, {server.address()});
  TcpPair pair("127.0.0.9");
  CHECK(ask_at_connect(world, compatible, of_postfix("192.0.2.1", 40000)) == "go");
  CHECK(ask_at_connect(world, compatible, of_postfix("127.0.0.1", 0)) == "go");
  CHECK(ask_at_connect(world, compatible, of_postfix("/run/socket", 0)) == "go");
  pair.client = net::Descriptor();
  CHECK(ask_at_connect(world, compatible, of_postfix("127.0.0.1", pair.client_port)) == "go");
  // What Postfix calls daemon_addr serves where the connection is not to be seen.
  auto session = of_postfix("192.0.2.1", 40000);
  session.macros["daemon_addr"] = "127.0.0.9";
  CHECK(ask_at_connect(world, compatible, session) == "go if_addr=127.0.0.9 if_name=mx.example.org");
}

TEST_CASE("milters of other MTAs see what they always saw") {
  World world;
  SendmailCompatible compatible(world.surroundings);
  TcpPair pair("127.0.0.1");
  auto session = of_postfix("127.0.0.1", pair.client_port);
  for (const char* version : {"8.17.1", "NotPostfix 1", "Postfixed", ""}) {
    INFO(version);
    session.macros["v"] = version;
    CHECK(ask_at_connect(world, compatible, session) == "go");
    CHECK(ask_at_mail(world, compatible, session, "<a@b>") == "go");
  }
  session.macros.clear();
  CHECK(ask_at_connect(world, compatible, session) == "go");
}

TEST_CASE("a message of Postfix has a queue identifier at MAIL") {
  World world;
  SendmailCompatible compatible(world.surroundings);
  auto session = of_postfix("192.0.2.1", 40000);
  for (const char* version : {"Postfix 3.7.11", "postfix", "x-POSTFIX!"}) {
    session.macros["v"] = version;
    CHECK(ask_at_mail(world, compatible, session, "<a@b>") == "go i=dummy-id");
  }
  session.macros["i"] = "4F0A1B2C3D";
  CHECK(ask_at_mail(world, compatible, session, "<a@b>") == "go");
}

TEST_CASE("a condition that ends while names are looked up never answers") {
  const NameServer server({{"9.0.0.127.in-addr.arpa", {Kind::silence, {}}}});
  World world;
  auto compatible = std::make_unique<SendmailCompatible>(
      world.surroundings, condition::ConnectionTable::Sources{}, std::vector{server.address()});
  TcpPair pair("127.0.0.9");
  const auto session = of_postfix("127.0.0.1", pair.client_port);
  bool answered = false;
  CHECK_FALSE(compatible->ask({config::Stage::connect, "m", nullptr, false, &session},
                              [&](auto) { answered = true; }));
  SECTION("at once") {}
  SECTION("after the connection was found") {
    world.run_until([&] { return !server.asked().empty(); });
  }
  compatible.reset();
  world.run_a_little();
  CHECK_FALSE(answered);
}
