// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/condition/snapshot.h"

namespace milter_manager::condition {

// Whether a ConnectionTable can tell of the session's SMTP client: its address and port are known, and the MTA, by its
// connection with us, is on this host (a UNIX socket, a loopback address) or may be (any other local address: see
// LocalNetworks).
bool may_be_in_connection_table(const Snapshot& session);

}  // namespace milter_manager::condition
