// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

struct sockaddr;

namespace milter_manager::net {

// Where to listen or connect, as people write it (Sendmail's milter notation):
//
//   unix:/var/run/milter/a.sock     local:/var/run/milter/a.sock
//   inet:10025                      any address (listening), this host (connecting)
//   inet:10025@mx.example.org       inet:10025@127.0.0.1     inet:10025@[127.0.0.1]
//   inet6:10025@[::1]               inet6:10025@localhost
//
// A plain value. Names are not resolved here: that takes time and is the business of Stream.
struct ConnectionSpec {
  enum class Family : std::uint8_t { unix, inet, inet6 };

  Family family = Family::unix;
  std::string path;              // unix: the socket's path
  std::string host;              // inet, inet6: a name or a checked address without brackets; "" for none
  bool host_is_address = false;  // `host` is an address of `family`: nothing is to be resolved
  std::uint16_t port = 0;        // host order; 0 lets the system choose (listening)

  friend bool operator==(const ConnectionSpec&, const ConnectionSpec&) = default;
};

// Reads a spec. The messages name the spec and what is wrong in it:
//
//   "inet:99999"  ->  port number should be less than 65536: <inet:99999>: <99999>
//
// A path too long for a socket address (108 bytes with its NUL) is refused here, not cut at connect().
Result<ConnectionSpec> parse_connection_spec(std::string_view text);

// The spec as it is written: "unix:/a", "inet:25@host", "inet6:25@[::1]", "inet:25".
std::string format(const ConnectionSpec& spec);

// The spec of a socket address: "unix:PATH", "inet:PORT@[A]", "inet6:PORT@[A]"; "unknown" for none,
// "unexpected:FAMILY" for other families. `length` is that of the address in bytes.
std::string spec_of(const sockaddr* address, std::uint32_t length);

}  // namespace milter_manager::net
