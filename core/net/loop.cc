// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/loop.h"

#include <uv.h>

#include <cassert>
#include <csignal>
#include <new>
#include <utility>

#include "core/net/loop_state.h"
#include "core/net/resolver.h"

namespace milter_manager::net {
namespace {

constexpr std::size_t kOwnHandles = 2;
constexpr std::size_t kSpareBuffers = 32;
constexpr std::size_t kLargestSpareBuffer = 32 * 1024;

// A write to a peer that has closed is an error to be reported, not the end of the process.
void ignore_sigpipe() {
  struct sigaction action {};
  if (sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
}

void run_posted(uv_async_t* wake) {
  auto& state = *static_cast<Loop::State*>(wake->data);
  std::vector<std::function<void()>> functions;
  {
    const std::lock_guard lock(state.posted_lock);
    functions.swap(state.posted);
  }
  for (auto& function : functions) function();
}

}  // namespace

std::string Loop::State::take_buffer() {
  if (spare_buffers.empty()) return {};
  std::string buffer = std::move(spare_buffers.back());
  spare_buffers.pop_back();
  return buffer;
}

void Loop::State::give_buffer(std::string&& buffer) {
  std::string taken = std::move(buffer);
  buffer.clear();
  const bool fits = taken.capacity() > std::string().capacity() && taken.capacity() <= kLargestSpareBuffer;
  if (!fits || spare_buffers.size() >= kSpareBuffers) return;
  taken.clear();
  spare_buffers.push_back(std::move(taken));
}

BurstTask::~BurstTask() {
  if (queued_in_ != nullptr) queued_in_->forget(*this);
}

Loop::Loop() : state_(std::make_unique<State>()) {
  ignore_sigpipe();
  if (uv_loop_init(&state_->loop) != 0) throw std::bad_alloc();  // at program start, for want of descriptors
  uv_async_init(&state_->loop, &state_->wake, run_posted);
  state_->wake.data = state_.get();
  uv_prepare_init(&state_->loop, &state_->flush);
  state_->flush.data = state_.get();
  uv_prepare_start(&state_->flush, [](uv_prepare_t* flush) { run_tasks(*static_cast<State*>(flush->data)); });
}

void Loop::run_tasks(State& state) {
  for (std::size_t i = 0; i < state.tasks.size(); ++i) {
    if (BurstTask* task = state.tasks[i]) {
      task->queued_in_ = nullptr;
      const EventScope event(state);
      task->burst_ended();
    }
  }
  state.tasks.clear();
}

Loop::~Loop() {
  state_->resolver.reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->wake), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->flush), nullptr);
  // Objects are gone, but some of their handles close only now, and streams may still deliver their last
  // bytes.
  const auto abandon = [](uv_handle_t* handle, void*) {
    if (handle->type == UV_TCP && uv_is_closing(handle) == 0) abandon_lingering_stream(handle);
  };
  uv_walk(&state_->loop, abandon, nullptr);
  uv_run(&state_->loop, UV_RUN_DEFAULT);
  [[maybe_unused]] const int left = uv_loop_close(&state_->loop);
  assert(left == 0 && "objects outlive their loop");
  for (auto* task : state_->tasks) {
    if (task != nullptr) task->queued_in_ = nullptr;
  }
}

void Loop::run() {
  while (!std::exchange(state_->stopping, false)) uv_run(&state_->loop, UV_RUN_DEFAULT);
  // What was collected in the round that stopped the loop.
  run_tasks(*state_);
}

void Loop::stop() {
  state_->stopping = true;
  uv_stop(&state_->loop);
}

void Loop::post(std::function<void()> function) {
  bool first = false;
  {
    const std::lock_guard lock(state_->posted_lock);
    first = state_->posted.empty();
    state_->posted.push_back(std::move(function));
  }
  if (first) uv_async_send(&state_->wake);
}

void Loop::at_burst_end(BurstTask& task) {
  if (task.queued_in_ != nullptr) return;
  task.queued_in_ = this;
  task.place_ = state_->tasks.size();
  state_->tasks.push_back(&task);
}

void Loop::forget(BurstTask& task) {
  state_->tasks[task.place_] = nullptr;
  task.queued_in_ = nullptr;
}

std::chrono::steady_clock::time_point Loop::now() const {
  if (!state_->in_event) return std::chrono::steady_clock::now();
  if (!state_->event_time) state_->event_time = std::chrono::steady_clock::now();
  return *state_->event_time;
}

Resolver& Loop::resolver() {
  if (!state_->resolver) state_->resolver = std::make_unique<Resolver>(*this);
  return *state_->resolver;
}

void Loop::renew_resolver() {
  if (state_->resolver) state_->resolver->renew();
}

std::size_t Loop::handle_count() const {
  std::size_t count = 0;
  const auto add = [](uv_handle_t*, void* counted) { ++*static_cast<std::size_t*>(counted); };
  uv_walk(&state_->loop, add, &count);
  return count - kOwnHandles;
}

uv_loop_s* Loop::native() const { return &state_->loop; }

}  // namespace milter_manager::net
