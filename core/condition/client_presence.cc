// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/client_presence.h"

#include "core/condition/address.h"
#include "core/condition/remote_network.h"
#include "core/net/connection_spec.h"

namespace milter_manager::condition {

using Family = protocol::command::Family;

bool may_be_in_connection_table(const Snapshot& session) {
  const bool has_address = session.client_family == Family::inet || session.client_family == Family::inet6;
  if (!has_address || session.client_port == 0) return false;
  // A peer's socket mostly has no name: "unix:".
  if (session.mta_address.compare(0, 5, "unix:") == 0) return true;
  const auto mta = net::parse_connection_spec(session.mta_address);
  const auto address = mta ? Address::parse(mta->host) : std::nullopt;
  return address && LocalNetworks({}).contain(*address);
}

}  // namespace milter_manager::condition
