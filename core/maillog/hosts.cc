// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/hosts.h"

#include <algorithm>

namespace milter_manager::maillog {

Host& Hosts::at(std::string_view name) {
  if (recent_ != nullptr && recent_->name == name) return *recent_;
  auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    if (by_name_.size() >= kMaximum) forget_half();
    found = by_name_.emplace(name, Host{std::string(name), next_number_++, {}}).first;
  }
  recent_ = &found->second;
  return *recent_;
}

std::vector<HostState> Hosts::states() const {
  std::vector<HostState> states;
  for_each([&](const Host& host) { states.push_back({host.name, host.clock.state()}); });
  std::sort(states.begin(), states.end(),
            [](const HostState& a, const HostState& b) { return a.name < b.name; });
  return states;
}

void Hosts::restore(const std::vector<HostState>& states) {
  for (const HostState& state : states) at(state.name).clock.restore(state.clock);
}

void Hosts::forget_half() {
  std::vector<double> times;
  times.reserve(by_name_.size());
  for (const auto& [name, host] : by_name_) times.push_back(host.clock.newest().value_or(0));
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  std::size_t surplus = times.size() / 2;
  for (auto it = by_name_.begin(); it != by_name_.end() && surplus > 0;) {
    if (it->second.clock.newest().value_or(0) <= *middle) {
      it = by_name_.erase(it);
      --surplus;
    } else {
      ++it;
    }
  }
}

}  // namespace milter_manager::maillog
