// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <uv.h>

#include <array>
#include <memory>
#include <mutex>
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

  // Every stream reads into it, one after another.
  std::array<char, 64 * 1024> read_buffer;

  // Buffers that streams collect their writes in, kept for the next one that writes.
  std::vector<std::string> spare_buffers;
  std::string take_buffer();
  void give_buffer(std::string&& buffer);
};

// Closes a stream that nobody owns any more and that is still delivering what was written.
void abandon_lingering_stream(uv_handle_t* handle);

}  // namespace milter_manager::net
