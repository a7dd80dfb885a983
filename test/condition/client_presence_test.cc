// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/client_presence.h"

#include <catch2/catch.hpp>

using namespace milter_manager::condition;
using milter_manager::protocol::command::Family;

TEST_CASE("an SMTP client is looked for here only where the MTA may be here, and has said who it is") {
  struct Row {
    const char* mta;
    Family family;
    std::uint16_t port;
    bool looked_for;
  };
  const Row rows[] = {
      {"unix:", Family::inet, 40000, true},
      {"unix:/run/mta", Family::inet6, 40000, true},
      {"inet:50000@[127.0.0.1]", Family::inet, 40000, true},
      {"inet:50000@[192.168.1.1]", Family::inet, 40000, true},
      {"inet6:50000@[::1]", Family::inet6, 40000, true},
      {"inet:50000@[192.0.2.9]", Family::inet, 40000, false},
      {"inet6:50000@[2001:db8::9]", Family::inet, 40000, false},
      {"unknown", Family::inet, 40000, false},
      {"", Family::inet, 40000, false},
      {"unix:", Family::inet, 0, false},
      {"unix:", Family::unix, 40000, false},
      {"unix:", Family::unknown, 40000, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.mta, static_cast<char>(row.family), row.port);
    Snapshot session;
    session.mta_address = row.mta;
    session.client_family = row.family;
    session.client_address = row.family == Family::inet6 ? "2001:db8::1" : "192.0.2.1";
    session.client_port = row.port;
    CHECK(may_be_in_connection_table(session) == row.looked_for);
  }
}
