// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::condition {

// An IP address as a value. An IPv4 address and the IPv6 address that it is mapped to (::ffff:192.0.2.1, RFC 4291,
// 2.5.5.2) are the same one.
class Address {
 public:
  // "192.0.2.1", "2001:db8::1", "fe80::1%eth0" (the zone is left out); nullopt for any other text.
  static std::optional<Address> parse(std::string_view text);

  // From 4 and 16 bytes in network order.
  static Address from_ipv4(const void* bytes);
  static Address from_ipv6(const void* bytes);

  bool is_ipv4() const;
  // As 16 bytes, IPv4 mapped.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  // "192.0.2.1", "2001:db8::1".
  std::string text() const;
  // What stands before the domain in a question about this address (RFC 5782, 2.1 and 2.4): "1.2.0.192", or 32
  // nibbles.
  std::string reversed() const;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// Addresses with the same leading bits.
class Network {
 public:
  // "192.0.2.0/24", "192.0.2.0/255.255.255.0", "2001:db8::/32", or an address, which is a network of its own. Bits behind the prefix
  // are ignored. The error says what is wrong in `text`.
  static Result<Network> parse(std::string_view text);

  bool contains(const Address& address) const;

 private:
  Address base_;
  unsigned prefix_bits_ = 128;  // of the 128 of an IPv6 address
};

bool any_contains(const std::vector<Network>& networks, const Address& address);

}  // namespace milter_manager::condition
