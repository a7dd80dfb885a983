// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>

namespace example {

// Who has knocked, and when first. In memory, for as long as the program runs.
class Greylist {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Greylist(std::chrono::seconds delay) : delay_(delay) {}

  // How long this sender had to wait, if that was long enough. "For the first time" never is.
  // `address` is the client's: all of one IPv4 /24 count as one, since big senders retry from another machine.
  std::optional<std::chrono::seconds> waited(const std::string& address, const std::string& sender,
                                             const std::string& recipient, Time now);

 private:
  std::chrono::seconds delay_;
  std::unordered_map<std::string, Time> first_seen_;
};

}  // namespace example
