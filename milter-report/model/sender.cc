// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/sender.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/maillog/ascii.h"
#include "core/maillog/fingerprint.h"

namespace milter_manager::report {
namespace {

// Neighbours get numbers far from each other.
constexpr std::uint64_t mixed(std::uint64_t family, std::uint64_t network) {
  std::uint64_t number = (family << 56 | network) * 0x9e3779b97f4a7c15U;
  number ^= number >> 32;
  return number * 0xd6e8feb86659fd93U;
}

std::uint64_t network_of_ipv4(unsigned a, unsigned b, unsigned c) { return mixed(4, a << 16 | b << 8 | c); }

// "192.0.2.1", as inet_pton() takes it: for each mail.
std::optional<std::uint64_t> read_ipv4(std::string_view text) {
  std::array<unsigned, 4> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::size_t length = 0;
    while (length < text.size() && length < 4 && text[length] >= '0' && text[length] <= '9')
      parts[i] = parts[i] * 10 + static_cast<unsigned>(text[length++] - '0');
    const bool has_zeros = length > 1 && text.front() == '0';
    if (length == 0 || length > 3 || has_zeros || parts[i] > 255) return std::nullopt;
    text.remove_prefix(length);
    if (i == 3) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return network_of_ipv4(parts[0], parts[1], parts[2]);
}

}  // namespace

std::string domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return {};
  std::string domain(address.substr(at + 1));
  std::transform(domain.begin(), domain.end(), domain.begin(), maillog::lower);
  return domain;
}

std::uint64_t network_number(std::string_view address) {
  if (const auto ipv4 = read_ipv4(address)) return *ipv4;
  if (address.size() > 5 && maillog::same_word(address.substr(0, 5), "ipv6:")) {
    address.remove_prefix(5);
    if (const auto ipv4 = read_ipv4(address)) return *ipv4;
  }
  std::string text(address);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
    std::transform(text.begin(), text.end(), text.begin(), maillog::lower);
    return maillog::fingerprint(text);
  }
  const bool is_mapped =
      std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; }) &&
      bytes[10] == 0xff && bytes[11] == 0xff;
  if (is_mapped) return network_of_ipv4(bytes[12], bytes[13], bytes[14]);
  std::uint64_t network = 0;
  for (std::size_t i = 0; i < 6; ++i) network = network << 8 | bytes[i];
  return mixed(6, network);
}

}  // namespace milter_manager::report
