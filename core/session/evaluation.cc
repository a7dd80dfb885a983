// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/evaluation.h"

#include <arpa/inet.h>

#include <cstdint>
#include <cstring>

namespace milter_manager::session {
namespace {

constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325u;
constexpr std::uint64_t kFnvPrime = 0x100000001b3u;

std::uint64_t fnv1a(std::uint64_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * kFnvPrime;
}

// FNV leaves neighbouring keys close together in the upper bits; this spreads them.
std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdu;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53u;
  value ^= value >> 33;
  return value;
}

char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte; }

// The first `bits` (a multiple of 8) of an address, the rest zero, as text with "/bits"; "" for what is no address.
std::string network(int family, std::string_view address, std::size_t bits) {
  unsigned char bytes[16] = {};
  const std::string text(address);
  if (inet_pton(family, text.c_str(), bytes) != 1) return {};
  std::memset(bytes + bits / 8, 0, sizeof bytes - bits / 8);
  char printed[INET6_ADDRSTRLEN];
  if (!inet_ntop(family, bytes, printed, sizeof printed)) return {};
  return std::string(printed) + "/" + std::to_string(bits);
}

}  // namespace

double enforcement_position(std::string_view milter_name, std::string_view key) {
  std::uint64_t hash = kFnvOffset;
  for (char byte : milter_name) hash = fnv1a(hash, byte);
  hash = fnv1a(hash, '\0');
  for (char byte : key) hash = fnv1a(hash, lower(byte));
  return static_cast<double>(mix(hash) >> 11) * 0x1.0p-53;
}

std::string client_network(protocol::command::Family family, std::string_view address) {
  std::string found;
  if (family == protocol::command::Family::inet) found = network(AF_INET, address, 24);
  if (family == protocol::command::Family::inet6) found = network(AF_INET6, address, 48);
  return found.empty() ? std::string(address) : found;
}

}  // namespace milter_manager::session
