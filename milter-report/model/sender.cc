// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/sender.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/maillog/ascii.h"

namespace milter_manager::report {

std::string domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return {};
  std::string domain(address.substr(at + 1));
  std::transform(domain.begin(), domain.end(), domain.begin(), maillog::lower);
  return domain;
}

std::string network_of(std::string_view address) {
  std::string text(address);
  if (text.size() > 5 && maillog::same_word(std::string_view(text).substr(0, 5), "ipv6:")) text.erase(0, 5);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return fmt::format("{}.{}.{}.0/24", bytes[0], bytes[1], bytes[2]);
  }
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  const bool is_mapped =
      std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; }) &&
      bytes[10] == 0xff && bytes[11] == 0xff;
  if (is_mapped) return fmt::format("{}.{}.{}.0/24", bytes[12], bytes[13], bytes[14]);
  std::fill(bytes.begin() + 6, bytes.end(), static_cast<unsigned char>(0));
  std::array<char, INET6_ADDRSTRLEN> shown{};
  inet_ntop(AF_INET6, bytes.data(), shown.data(), shown.size());
  return fmt::format("{}/48", shown.data());
}

}  // namespace milter_manager::report
