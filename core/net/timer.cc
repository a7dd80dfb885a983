// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/timer.h"

#include <uv.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/net/handle.h"

namespace milter_manager::net {

struct Timer::State {
  uv_timer_t handle;
  std::function<void()> expired;
  bool running = false;  // `expired` is being called: it must outlive the call
  bool gone = false;
};

namespace {

// A year: longer waits are none, and far from the overflow of libuv's milliseconds.
constexpr double kLongest = 365.0 * 24 * 3600;

std::uint64_t milliseconds(Timer::Duration duration) {
  const double seconds = std::min(std::max(duration.count(), 0.0), kLongest);
  return static_cast<std::uint64_t>(std::ceil(seconds * 1000));
}

}  // namespace

Timer::Timer(Loop& loop, std::function<void()> expired) : state_(new State) {
  uv_timer_init(loop.native(), &state_->handle);
  state_->handle.data = state_;
  state_->expired = std::move(expired);
}

Timer::~Timer() {
  uv_timer_stop(&state_->handle);
  state_->gone = true;
  if (!state_->running) close_and_delete(state_);
}

namespace {

template <typename State>
void timer_expired(uv_timer_t* handle) {
  auto* state = static_cast<State*>(handle->data);
  state->running = true;
  state->expired();
  state->running = false;
  if (state->gone) close_and_delete(state);
}

}  // namespace

void Timer::start_at(Time time) { start_after(time - std::chrono::steady_clock::now()); }

void Timer::start_after(Duration duration) {
  // libuv counts from the time it read at the start of this round, and in whole milliseconds: both would be
  // early.
  uv_update_time(state_->handle.loop);
  const auto wait = duration.count() <= 0 ? 0 : milliseconds(duration) + 1;
  uv_timer_start(&state_->handle, timer_expired<State>, wait, 0);
}

void Timer::start_every(Duration interval) {
  uv_update_time(state_->handle.loop);
  const auto period = std::max<std::uint64_t>(milliseconds(interval), 1);
  uv_timer_start(&state_->handle, timer_expired<State>, period, period);
}

void Timer::stop() { uv_timer_stop(&state_->handle); }

bool Timer::active() const {
  return uv_is_active(reinterpret_cast<const uv_handle_t*>(&state_->handle)) != 0;
}

}  // namespace milter_manager::net
