// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/processes.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <string_view>
#include <utility>

namespace milter_manager::maillog {

statistics::Escapes Processes::line(std::uint32_t host_number, std::uint32_t pid) {
  const std::uint64_t key = static_cast<std::uint64_t>(host_number) << 32 | pid;
  if (recent_ == nullptr || key != recent_key_) {
    if (processes_.size() >= kMaximum && processes_.count(key) == 0) forget_old();
    recent_ = &processes_[key];
    recent_key_ = key;
  }
  recent_->last_line = ++lines_;
  ++recent_->lines_read;
  return recent_->has_heartbeat ? statistics::Escapes::undone : statistics::Escapes::literal;
}

Delivery Processes::heartbeat(const statistics::Heartbeat& heartbeat) {
  assert(recent_ != nullptr);
  Process& process = *recent_;
  Delivery delivery;
  if (!process.has_heartbeat) {
    // The log may begin anywhere in the life of the process.
    delivery.written = process.lines_read;
  } else if (heartbeat.lines < process.lines_written) {
    // A new process with the same pid: its lines so far, and this one.
    delivery.written = heartbeat.lines + 1;
    delivery.dropped = heartbeat.dropped;
  } else {
    delivery.written = heartbeat.lines - process.lines_written;
    delivery.dropped = heartbeat.dropped > process.dropped ? heartbeat.dropped - process.dropped : 0;
  }
  delivery.lost = delivery.written > process.lines_read ? delivery.written - process.lines_read : 0;
  process.has_heartbeat = true;
  process.lines_read = 0;
  process.lines_written = heartbeat.lines;
  process.dropped = heartbeat.dropped;
  return delivery;
}

std::vector<ProcessState> Processes::states(const Hosts& hosts) const {
  std::unordered_map<std::uint32_t, std::string_view> names;
  hosts.for_each([&](const Host& host) { names.emplace(host.number, host.name); });
  std::vector<std::pair<std::uint64_t, ProcessState>> in_order;
  for (const auto& [key, process] : processes_) {
    const auto name = names.find(static_cast<std::uint32_t>(key >> 32));
    if (name == names.end()) continue;
    in_order.emplace_back(
        process.last_line,
        ProcessState{std::string(name->second), static_cast<std::uint32_t>(key), process.has_heartbeat,
                     process.lines_read, process.lines_written, process.dropped});
  }
  std::sort(in_order.begin(), in_order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<ProcessState> states;
  states.reserve(in_order.size());
  for (auto& [line, state] : in_order) states.push_back(std::move(state));
  return states;
}

void Processes::restore(const std::vector<ProcessState>& states, Hosts& hosts) {
  for (const ProcessState& state : states) {
    line(hosts.at(state.host).number, state.pid);
    recent_->has_heartbeat = state.has_heartbeat;
    recent_->lines_read = state.lines_read;
    recent_->lines_written = state.lines_written;
    recent_->dropped = state.dropped;
  }
}

void Processes::forget_old() {
  recent_ = nullptr;
  // Each process known has written a line, so there were at least kMaximum.
  const std::uint64_t newest_forgotten = lines_ - kMaximum / 2;
  for (auto it = processes_.begin(); it != processes_.end();) {
    it = it->second.last_line <= newest_forgotten ? processes_.erase(it) : std::next(it);
  }
}

}  // namespace milter_manager::maillog
