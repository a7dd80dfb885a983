// SPDX-License-Identifier: GPL-3.0-or-later
#include "examples/milter/greylist.h"

#include <algorithm>

namespace example {
namespace {

// Strangers choose the keys: there may not be more of them than fit into memory.
constexpr std::size_t kMaxEntries = 100'000;
constexpr auto kForgottenAfter = std::chrono::hours(24);

std::string network_of(const std::string& address) {
  const bool ipv4 =
      std::count(address.begin(), address.end(), '.') == 3 && address.find(':') == std::string::npos;
  return ipv4 ? address.substr(0, address.rfind('.')) : address;
}

}  // namespace

std::optional<std::chrono::seconds> Greylist::waited(const std::string& address, const std::string& sender,
                                                     const std::string& recipient, Time now) {
  if (first_seen_.size() >= kMaxEntries) {
    for (auto entry = first_seen_.begin(); entry != first_seen_.end();) {
      entry = now - entry->second > kForgottenAfter ? first_seen_.erase(entry) : std::next(entry);
    }
    if (first_seen_.size() >= kMaxEntries) first_seen_.clear();
  }
  const auto [entry, first_time] =
      first_seen_.try_emplace(network_of(address) + ' ' + sender + ' ' + recipient, now);
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - entry->second);
  if (first_time || elapsed < delay_) return std::nullopt;
  return elapsed;
}

}  // namespace example
