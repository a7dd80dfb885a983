// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/work.h"

#include <uv.h>

#include <memory>
#include <utility>

namespace milter_manager::net {

struct Work::State {
  uv_work_t request;
  std::function<void()> work;
  std::function<void()> done;
  Work* owner = nullptr;
};

Work::Work(Loop& loop, std::function<void()> work, std::function<void()> done) : state_(new State) {
  state_->work = std::move(work);
  state_->done = std::move(done);
  state_->owner = this;
  state_->request.data = state_;
  const auto run = [](uv_work_t* request) { static_cast<State*>(request->data)->work(); };
  const auto finished = [](uv_work_t* request, int) {
    const std::unique_ptr<State> state(static_cast<State*>(request->data));
    if (state->owner == nullptr) return;
    state->owner->state_ = nullptr;
    state->done();
  };
  uv_queue_work(loop.native(), &state_->request, run, finished);
}

Work::Work(Work&& other) noexcept { *this = std::move(other); }

Work& Work::operator=(Work&& other) noexcept {
  std::swap(state_, other.state_);
  if (state_ != nullptr) state_->owner = this;
  if (other.state_ != nullptr) other.state_->owner = &other;
  return *this;
}

Work::~Work() {
  if (state_ != nullptr) state_->owner = nullptr;
}

}  // namespace milter_manager::net
