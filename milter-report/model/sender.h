// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace milter_manager::report {

// Who sent a mail, as far as mails of one sender are alike.

// The domain of an envelope address in lower case: "example.com" of "a@Example.COM", "" where it has none. Bytes that are not
// printable ASCII stay as they are.
std::string domain_of(std::string_view address);

// The network of a client: "192.0.2.0/24", "2001:db8:1::/48" (also of "IPv6:2001:…"); else the address as it is. An IPv4 address
// mapped into IPv6 is IPv4.
std::string network_of(std::string_view address);

}  // namespace milter_manager::report
