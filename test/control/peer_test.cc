// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/net/descriptor.h"
#include "test/network/tcp_pair.h"

using namespace milter_manager;
using namespace milter_manager::control;

TEST_CASE("the user at the other end of a socket within this host is known") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const net::Descriptor one(ends[0]), other(ends[1]);
  CHECK(unix_peer_user(one.get()) == ::geteuid());
  CHECK_FALSE(tcp_peer_user(one.get()));
  for (const char* address : {"127.0.0.1", "::1"}) {
    const TcpPair pair(address);
    CHECK(tcp_peer_user(pair.server.get()) == ::geteuid());
  }
}

TEST_CASE("a table of connections tells who has the other end open") {
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0\n"
      "   1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0\n"
      // Waits to be forgotten, belongs to nobody any more, is shown as root's.
      "   2: 0100007F:C002 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0\n"
      "   3: 0100007F:C003 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0\n"
      "   4: 0100007F:C004 0100007F:1F90 01 00000000:00000000\n";
  CHECK(owner_in_table(table, "0100007F:C001", "0100007F:1F90") == uid_t{1000});
  CHECK_FALSE(owner_in_table(table, "0100007F:C002", "0100007F:1F90"));
  CHECK_FALSE(owner_in_table(table, "0100007F:C003", "0100007F:1F90"));
  CHECK_FALSE(owner_in_table(table, "0100007F:C004", "0100007F:1F90"));
  CHECK_FALSE(owner_in_table(table, "0100007F:1F90", "0100007F:C001"));
  CHECK_FALSE(owner_in_table("", "0100007F:C001", "0100007F:1F90"));
}

TEST_CASE("only places that other hosts can't reach are local") {
  const struct {
    const char* spec;
    bool local;
  } cases[] = {
      {"unix:/run/a.sock", true},         {"inet:1@127.0.0.1", true}, {"inet:1@[127.8.0.1]", true},
      {"inet:1@localhost", true},         {"inet6:1@[::1]", true},    {"inet:1", false},
      {"inet:1@[0.0.0.0]", false},        {"inet6:1@[::]", false},    {"inet:1@[192.0.2.1]", false},
      {"inet:1@mail.example.org", false}, {"inet6:1@[::2]", false},
  };
  for (const auto& [text, local] : cases) {
    CAPTURE(text);
    CHECK(is_local(net::parse_connection_spec(text).value()) == local);
  }
}
