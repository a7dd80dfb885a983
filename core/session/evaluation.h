// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/protocol/command.h"

namespace milter_manager::session {

// A trial with a control group (milter.enforcement_share): whether a milter's verdict is enforced or only recorded
// depends on a hash of the milter's name and a key, so that one client or domain is always treated alike, on every
// host of a site.

// The place of (name, key) in [0, 1): FNV-1a of 64 bits over the name, a NUL and the key in lower case, mixed by
// the finalizer of MurmurHash3, its upper 53 bits divided by 2^53.
double enforcement_position(std::string_view milter_name, std::string_view key);

// The key from CONNECT to MAIL: "192.0.2.0/24", "2001:db8:1::/48", else the address as it came.
std::string client_network(protocol::command::Family family, std::string_view address);

}  // namespace milter_manager::session
