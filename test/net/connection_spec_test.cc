// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/connection_spec.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstring>

namespace milter_manager::net {

TEST_CASE("a connection spec is read and written back") {
  struct Row {
    const char *text, *written, *host;
    bool is_address;
    int port;
  };
  const Row rows[] = {
      {"unix:/tmp/a.sock", "unix:/tmp/a.sock", "", false, 0},
      {"local:/tmp/a:b@c.sock", "unix:/tmp/a:b@c.sock", "", false, 0},
      {"inet:10025", "inet:10025", "", false, 10025},
      {"inet:10025@", "inet:10025", "", false, 10025},
      {"inet:10025@localhost", "inet:10025@localhost", "localhost", false, 10025},
      {"inet:0@[127.0.0.1]", "inet:0@[127.0.0.1]", "127.0.0.1", true, 0},
      {"inet:65535@127.0.0.1", "inet:65535@[127.0.0.1]", "127.0.0.1", true, 65535},
      {"inet6:25@[::1]", "inet6:25@[::1]", "::1", true, 25},
      {"inet6:25@::1", "inet6:25@[::1]", "::1", true, 25},
      {"inet6:25@mx.example.org", "inet6:25@mx.example.org", "mx.example.org", false, 25},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto spec = parse_connection_spec(row.text);
    REQUIRE(spec);
    CHECK(format(*spec) == row.written);
    CHECK(spec->host == row.host);
    CHECK(spec->host_is_address == row.is_address);
    CHECK(spec->port == row.port);
    CHECK(parse_connection_spec(format(*spec)) == *spec);
  }
}

TEST_CASE("what is wrong in a connection spec is said") {
  const std::string long_path(108, 'x');
  const std::pair<std::string, std::string> rows[] = {
      {"", "spec doesn't have colon: <>"},
      {"XXXX@localhost", "spec doesn't have colon: <XXXX@localhost>"},
      {"unix:", "spec doesn't have content: <unix:>"},
      {"smtp:25", "protocol must be 'unix', 'inet' or 'inet6': <smtp:25>: <smtp>"},
      {":25", "protocol must be 'unix', 'inet' or 'inet6': <:25>: <>"},
      {"inet:2x5", "port number has invalid character: <inet:2x5>: <x>"},
      {"inet:-1", "port number has invalid character: <inet:-1>: <->"},
      {"inet:@localhost", "port number is missing: <inet:@localhost>"},
      {"inet:65536", "port number should be less than 65536: <inet:65536>: <65536>"},
      {"inet:99999999999999999999@a",
       "port number should be less than 65536: <inet:99999999999999999999@a>: <99999999999999999999>"},
      {"inet:25@[127.0.0.1", "']' is missing: <inet:25@[127.0.0.1>: <[127.0.0.1>"},
      {"inet:25@[", "']' is missing: <inet:25@[>: <[>"},
      {"inet:25@[]", "invalid host address: <inet:25@[]>: <>"},
      {"inet:25@[::1]", "invalid host address: <inet:25@[::1]>: <::1>"},
      {"inet6:25@[127.0.0.1]", "invalid host address: <inet6:25@[127.0.0.1]>: <127.0.0.1>"},
      {"inet:25@two words", "invalid host address: <inet:25@two words>: <two words>"},
      {"unix:" + long_path, "path is longer than 107 bytes: <unix:" + long_path + ">"},
  };
  for (const auto& [text, message] : rows) {
    CAPTURE(text);
    const auto spec = parse_connection_spec(text);
    REQUIRE_FALSE(spec);
    CHECK(spec.error().message == message);
  }
  CHECK_FALSE(parse_connection_spec(std::string("unix:/a\0b", 9)));
  CHECK_FALSE(parse_connection_spec(std::string("inet:1@[127.0.0.1\0]", 19)));
}

TEST_CASE("a socket address is shown as a spec") {
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_port = htons(10025);
  inet_pton(AF_INET, "192.0.2.1", &inet.sin_addr);
  CHECK(spec_of(reinterpret_cast<sockaddr*>(&inet), sizeof inet) == "inet:10025@[192.0.2.1]");
  sockaddr_in6 inet6{};
  inet6.sin6_family = AF_INET6;
  inet6.sin6_port = htons(25);
  inet_pton(AF_INET6, "2001:db8::1", &inet6.sin6_addr);
  CHECK(spec_of(reinterpret_cast<sockaddr*>(&inet6), sizeof inet6) == "inet6:25@[2001:db8::1]");
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  CHECK(spec_of(reinterpret_cast<sockaddr*>(&local), sizeof(sa_family_t)) == "unix:");
  std::memset(local.sun_path, 'x', sizeof local.sun_path);
  CHECK(spec_of(reinterpret_cast<sockaddr*>(&local), sizeof local) == "unix:" + std::string(108, 'x'));
  CHECK(spec_of(reinterpret_cast<sockaddr*>(&local), 0) == "unknown");
  local.sun_family = AF_APPLETALK;
  CHECK(spec_of(reinterpret_cast<sockaddr*>(&local), sizeof local) == "unexpected:5");
}

}  // namespace milter_manager::net
