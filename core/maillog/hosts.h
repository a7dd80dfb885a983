// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/maillog/host_clock.h"
#include "core/maillog/same_bytes.h"

namespace milter_manager::maillog {

// A host that has written to the log.
struct Host {
  std::string name;
  std::uint32_t number = 0;  // never used for another host
  HostClock clock;
};

// What a later run has to know of a host.
struct HostState {
  std::string name;
  HostClock::State clock;
  bool operator==(const HostState&) const = default;
};

// The hosts of a log, by name. Log lines may claim any host: beyond kMaximum the half that was silent longest
// is
// forgotten.
class Hosts {
 public:
  static constexpr std::size_t kMaximum = 8192;

  // The host of that name, a new one if need be. Valid until the next call.
  // Cost: a comparison for the host asked for before, else a hash.
  Host& at(std::string_view name);

  // The host asked for last, if the text begins with its name and a blank. Else null.
  Host* recent_at(std::string_view text) {
    if (recent_ == nullptr) return nullptr;
    const std::string_view name = recent_->name;
    return text.size() > name.size() && text[name.size()] == ' ' && begins_with(text, name) ? recent_
                                                                                            : nullptr;
  }

  std::size_t size() const { return by_name_.size(); }

  // In the order of their names.
  std::vector<HostState> states() const;
  void restore(const std::vector<HostState>& states);

  // Calls `visit` with each host, in no order.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [name, host] : by_name_) visit(host);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  void forget_half();

  std::unordered_map<std::string, Host, Hash, std::equal_to<>> by_name_;
  Host* recent_ = nullptr;
  std::uint32_t next_number_ = 0;
};

}  // namespace milter_manager::maillog
