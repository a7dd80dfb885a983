// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/signal.h"

#include <uv.h>

#include <utility>

#include "core/net/handle.h"

namespace milter_manager::net {

struct Signal::State {
  uv_signal_t handle;
  std::function<void()> received;
  bool running = false;  // `received` is being called: it must outlive the call
  bool gone = false;
};

Signal::Signal(Loop& loop, int number, std::function<void()> received) : state_(new State) {
  uv_signal_init(loop.native(), &state_->handle);
  state_->handle.data = state_;
  state_->received = std::move(received);
  const auto deliver = [](uv_signal_t* handle, int) {
    auto* state = static_cast<State*>(handle->data);
    state->running = true;
    state->received();
    state->running = false;
    if (state->gone) close_and_delete(state);
  };
  uv_signal_start(&state_->handle, deliver, number);
}

Signal::~Signal() {
  uv_signal_stop(&state_->handle);
  state_->gone = true;
  if (!state_->running) close_and_delete(state_);
}

}  // namespace milter_manager::net
