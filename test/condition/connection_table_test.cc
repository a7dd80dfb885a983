// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/connection_table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "core/condition/connection_sources.h"
#include "test/condition/world.h"
#include "test/network/tcp_pair.h"

using namespace milter_manager;
using condition::ConnectionTable;

namespace {

const char* state_name(ConnectionTable::State state) {
  switch (state) {
    case ConnectionTable::State::established:
      return "established";
    case ConnectionTable::State::close_wait:
      return "close-wait";
    case ConnectionTable::State::other:
      return "other";
  }
  return "";
}

std::string text_of(const std::optional<ConnectionTable::Connection>& found) {
  if (!found) return "none";
  return std::string(state_name(found->state)) + " " + found->local_address + " " +
         std::to_string(found->local_port);
}

std::string find(World& world, ConnectionTable& table, const std::string& address, std::uint16_t port) {
  std::optional<std::string> text;
  const auto question = table.find(address, port, [&](const auto& found) { text = text_of(found); });
  CHECK_FALSE(text);
  world.run_until([&] { return text.has_value(); });
  return *text;
}

std::vector<ConnectionTable::Sources> all_sources() {
  ConnectionTable::Sources netlink;
  netlink.proc.clear();
  netlink.netstat.clear();
  ConnectionTable::Sources proc;
  proc.netlink = false;
  proc.netstat.clear();
  return {netlink, proc};
}

}  // namespace

TEST_CASE("a connection is found by its remote end, as it stands") {
  for (const auto& sources : all_sources()) {
    for (const char* address : {"127.0.0.1", "::1"}) {
      INFO(sources.netlink << " " << address);
      World world;
      ConnectionTable table(world.loop, sources);
      TcpPair pair(address);
      const std::string local = " " + std::string(address) + " " + std::to_string(pair.server_port);
      CHECK(find(world, table, address, pair.client_port) == "established" + local);
      // Now that its local end is known, it is asked for alone.
      CHECK(find(world, table, address, pair.client_port) == "established" + local);
      CHECK(find(world, table, address, pair.server_port) ==
            "established " + std::string(address) + " " + std::to_string(pair.client_port));
      TcpPair other(address, pair);
      CHECK(find(world, table, address, other.client_port) == "established" + local);
    }
  }
}

TEST_CASE("a client that has left is seen") {
  for (auto sources : all_sources()) {
    INFO(sources.netlink);
    sources.lifetime = std::chrono::seconds(0);
    World world;
    ConnectionTable table(world.loop, sources);
    TcpPair pair("127.0.0.1");
    CHECK(find(world, table, "127.0.0.1", pair.client_port).substr(0, 11) == "established");
    pair.client = net::Descriptor();
    const auto state = [&] { return find(world, table, "127.0.0.1", pair.client_port); };
    CHECK(state() == "close-wait 127.0.0.1 " + std::to_string(pair.server_port));
    pair.server = net::Descriptor();
    CHECK(state() == "none");
  }
}

TEST_CASE("an IPv4 client of an IPv6 socket is found by its IPv4 address") {
  for (const auto& sources : all_sources()) {
    INFO(sources.netlink);
    World world;
    ConnectionTable table(world.loop, sources);
    TcpPair pair("127.0.0.1", TcpPair::Listening::dual_stack);
    const std::string expected = "established 127.0.0.1 " + std::to_string(pair.server_port);
    CHECK(find(world, table, "127.0.0.1", pair.client_port) == expected);
    CHECK(find(world, table, "::ffff:127.0.0.1", pair.client_port) == expected);
  }
}

TEST_CASE("a listening socket is no connection, and rubbish no address") {
  for (const auto& sources : all_sources()) {
    World world;
    ConnectionTable table(world.loop, sources);
    TcpPair pair("127.0.0.1");
    CHECK(find(world, table, "0.0.0.0", 0) == "none");
    CHECK(find(world, table, "127.0.0.1", 1) == "none");
    CHECK(find(world, table, "mx.example.org", 25) == "none");
    CHECK(find(world, table, "", 0) == "none");
  }
}

TEST_CASE("all who ask at once are answered, unless they have gone") {
  World world;
  auto table = std::make_unique<ConnectionTable>(world.loop);
  TcpPair pair("127.0.0.1");
  int answers = 0;
  std::vector<ConnectionTable::Question> questions;
  for (int i = 0; i < 5; ++i) {
    questions.push_back(table->find("127.0.0.1", pair.client_port, [&](const auto& found) {
      CHECK(found);
      ++answers;
    }));
  }
  SECTION("two are gone") {
    questions.resize(3);
    world.run_until([&] { return answers == 3; });
    world.run_a_little();
    CHECK(answers == 3);
  }
  SECTION("the table is gone") {
    table.reset();
    world.run_a_little();
    CHECK(answers == 0);
  }
  SECTION("the one who is answered ends the table") {
    questions[0] = table->find("127.0.0.1", pair.client_port, [&](const auto&) { table.reset(); });
    world.run_until([&] { return table == nullptr; });
    world.run_a_little();
    CHECK(answers == 4);
  }
}

TEST_CASE("where neither netlink nor /proc tells, netstat does") {
  const Folder folder;
  World world;
  ConnectionTable::Sources nothing;
  nothing.netlink = false;
  nothing.proc = folder.path();
  nothing.netstat.clear();
  ConnectionTable table(world.loop, nothing);
  TcpPair pair("127.0.0.1");
  CHECK(find(world, table, "127.0.0.1", pair.client_port) == "none");

  folder.write("netstat",
               "#!/bin/sh\n[ \"$2\" = -W ] && exit 1\n"
               "echo 'Active connections'\n"
               "echo 'tcp4  0  0  192.0.2.1.25  192.0.2.7.40000  ESTABLISHED'\n"
               "echo 'tcp6  0  0  2001:db8::1.25  2001:db8::7.40000  CLOSE_WAIT'\n",
               true);
  std::vector<std::string> seen;
  const auto done =
      condition::each_in_netstat(folder.path() + "/netstat", [&](const condition::TcpConnection& one) {
        seen.push_back(one.remote.address.text() + " " + std::to_string(one.remote.port) + " " +
                       one.local.address.text() + " " + state_name(one.state));
      });
  CHECK(done);
  CHECK(seen == std::vector<std::string>{"192.0.2.7 40000 192.0.2.1 established",
                                         "2001:db8::7 40000 2001:db8::1 close-wait"});
  CHECK_FALSE(condition::each_in_netstat(folder.path() + "/none", [](const auto&) {}));
}

TEST_CASE("lines of /proc/net/tcp and netstat") {
  struct Case {
    const char* line;
    const char* remote;  // nullptr: no connection
  };
  const auto check = [](const std::optional<condition::TcpConnection>& found, const Case& one) {
    INFO(one.line);
    REQUIRE(found.has_value() == (one.remote != nullptr));
    if (found) CHECK(found->remote.address.text() + " " + std::to_string(found->remote.port) == one.remote);
  };
  const std::vector<Case> proc = {
      {"   0: 0100007F:0019 0200007F:9C40 01 00000000:00000000 00:00000000 00000000  0  0 1 1",
       "127.0.0.2 40000"},
      {"   1: 0100007F:0019 00000000:0000 0A 00000000:00000000", nullptr},
      {"   1: 0100007F:0019 0200007F:9C40 06 00000000:00000000", nullptr},
      {"   2: B80D0120000000000000000001000000:0019 B80D0120000000000000000007000000:9C40 08 0",
       "2001:db8::7 40000"},
      {"  sl  local_address rem_address   st tx_queue", nullptr},
      {"   0: 0100007F:0019 0200007F:9C40", nullptr},
      {"   0: 0100007:0019 0200007F:9C40 01", nullptr},
      {"   0: 0100007F:0019 0200007F:19C40 01", nullptr},
      {"   0: 0100007F:0019 02000Z7F:9C40 01", nullptr},
      {"", nullptr},
  };
  for (const Case& one : proc) check(condition::read_proc_line(one.line), one);
  const std::vector<Case> netstat = {
      {"tcp        0      0 192.0.2.1:25      192.0.2.7:40000     ESTABLISHED", "192.0.2.7 40000"},
      {"tcp6       0      0 2001:db8::1:25    2001:db8::7:40000   CLOSE_WAIT", "2001:db8::7 40000"},
      {"tcp4       0      0 192.0.2.1.25      192.0.2.7.40000     TIME_WAIT", nullptr},
      {"tcp        0      0 0.0.0.0:25        0.0.0.0:*           LISTEN", nullptr},
      {"udp        0      0 192.0.2.1:53      192.0.2.7:40000     ESTABLISHED", nullptr},
      {"tcp        0      0 192.0.2.1:25      192.0.2.7:70000     ESTABLISHED", nullptr},
      {"tcp        0      0 192.0.2.1:25      mx:40000            ESTABLISHED", nullptr},
      {"tcp 0 0", nullptr},
  };
  for (const Case& one : netstat) check(condition::read_netstat_line(one.line), one);
}
