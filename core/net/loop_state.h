// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <uv.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/net/loop.h"

namespace milter_manager::net {

// What the objects of one loop share.
struct Loop::State {
  uv_loop_t loop;
  uv_async_t wake;     // for post()
  uv_prepare_t flush;  // before the loop sleeps: the tasks of this burst
  bool stopping = false;

  std::mutex posted_lock;
  std::vector<std::function<void()>> posted;

  std::vector<BurstTask*> tasks;  // null where one was taken out

  std::unique_ptr<Resolver> resolver;

  // Every stream reads into it, one after another. Holds a body piece of 64 KiB with what comes before it, so that
  // a packet is mostly whole after one read and need not be copied; pages that are never filled cost nothing.
  static constexpr std::size_t kReadBufferBytes = 256 * 1024;
  std::unique_ptr<char[]> read_buffer = std::make_unique_for_overwrite<char[]>(kReadBufferBytes);

  bool in_event = false;
  std::optional<std::chrono::steady_clock::time_point> event_time;  // see Loop::now()

  // Buffers that streams collect their writes in, kept for the next one that writes.
  std::vector<std::string> spare_buffers;
  std::string take_buffer();
  void give_buffer(std::string&& buffer);
};

// Stands around what is done for one event: its time is one, read once.
class EventScope {
 public:
  explicit EventScope(Loop::State& state) : state_(state) {
    state_.in_event = true;
    state_.event_time.reset();
  }
  ~EventScope() { state_.in_event = false; }
  EventScope(const EventScope&) = delete;
  EventScope& operator=(const EventScope&) = delete;

 private:
  Loop::State& state_;
};

// Closes a stream that nobody owns any more and that is still delivering what was written.
void abandon_lingering_stream(uv_handle_t* handle);

}  // namespace milter_manager::net
