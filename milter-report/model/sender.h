// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace milter_manager::report {

// Who sent a mail, as far as mails of one sender are alike.

// The domain of an envelope address in lower case: "example.com" of "a@Example.COM", "" where it has none. Bytes that are not
// printable ASCII stay as they are.
std::string domain_of(std::string_view address);

// A number for the network of a client: addresses of one /24 (IPv6: /48, also as "IPv6:2001:…") have the same, others,
// but for a chance in 2^64, another. An IPv4 address mapped into IPv6 is IPv4; what is no address is taken as it is, without
// regard to case. Cost: no allocation for IPv4.
std::uint64_t network_number(std::string_view address);

}  // namespace milter_manager::report
