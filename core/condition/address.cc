// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

namespace milter_manager::condition {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

std::optional<unsigned> number_in(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// How many leading bits from `first` on are ones; nullopt if there are ones behind a zero.
std::optional<unsigned> ones_of_mask(const Address& mask, unsigned first) {
  unsigned ones = 0;
  for (unsigned i = first; i < 128; ++i) {
    if ((mask.bytes()[i / 8] >> (7 - i % 8) & 1) == 0) continue;
    if (first + ones != i) return std::nullopt;
    ++ones;
  }
  return ones;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.find(':') != std::string_view::npos) text = text.substr(0, text.find('%'));
  if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated);
  terminated[text.size()] = '\0';

  Address address;
  if (inet_pton(AF_INET6, terminated, address.bytes_.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  if (inet_pton(AF_INET, terminated, address.bytes_.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

Address Address::from_ipv4(const void* bytes) {
  Address address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  std::memcpy(address.bytes_.data() + kMapped.size(), bytes, 4);
  return address;
}

Address Address::from_ipv6(const void* bytes) {
  Address address;
  std::memcpy(address.bytes_.data(), bytes, address.bytes_.size());
  return address;
}

bool Address::is_ipv4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()); }

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN];
  if (is_ipv4()) return inet_ntop(AF_INET, bytes_.data() + kMapped.size(), buffer, sizeof buffer);
  return inet_ntop(AF_INET6, bytes_.data(), buffer, sizeof buffer);
}

std::string Address::reversed() const {
  if (is_ipv4()) return fmt::format("{}.{}.{}.{}", bytes_[15], bytes_[14], bytes_[13], bytes_[12]);
  std::string text;
  for (auto byte = bytes_.rbegin(); byte != bytes_.rend(); ++byte) {
    if (!text.empty()) text += '.';
    fmt::format_to(std::back_inserter(text), "{:x}.{:x}", *byte & 15, *byte >> 4);
  }
  return text;
}

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) return failure(fmt::format("neither an address nor a network: <{}>", text));
  Network network;
  network.base_ = *base;
  if (slash == std::string_view::npos) return network;

  const std::string_view prefix = text.substr(slash + 1);
  const bool ipv4_text = text.substr(0, slash).find(':') == std::string_view::npos;
  const unsigned first = ipv4_text ? kMappedBits : 0;
  std::optional<unsigned> bits = number_in(prefix);
  if (const auto mask = Address::parse(prefix); !bits && mask && mask->is_ipv4() == ipv4_text) {
    bits = ones_of_mask(*mask, first);
  }
  if (bits && *bits > 128 - first) bits.reset();
  if (!bits) return failure(fmt::format("no prefix of a network: <{}>: <{}>", prefix, text));
  network.prefix_bits_ = first + *bits;
  return network;
}

bool Network::contains(const Address& address) const {
  const auto& one = base_.bytes();
  const auto& other = address.bytes();
  const unsigned whole = prefix_bits_ / 8;
  const unsigned rest = prefix_bits_ % 8;
  if (!std::equal(one.begin(), one.begin() + whole, other.begin())) return false;
  return rest == 0 || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

bool any_contains(const std::vector<Network>& networks, const Address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

}  // namespace milter_manager::condition
