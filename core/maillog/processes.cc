// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/processes.h"

#include <cassert>
#include <iterator>

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

void Processes::forget_old() {
  recent_ = nullptr;
  // Each process known has written a line, so there were at least kMaximum.
  const std::uint64_t newest_forgotten = lines_ - kMaximum / 2;
  for (auto it = processes_.begin(); it != processes_.end();) {
    it = it->second.last_line <= newest_forgotten ? processes_.erase(it) : std::next(it);
  }
}

}  // namespace milter_manager::maillog
