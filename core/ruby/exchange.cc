// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ruby/exchange.h"

#include <algorithm>
#include <utility>

namespace milter_manager::ruby {

std::deque<std::shared_ptr<Call>>::iterator Exchange::place_of(std::uint64_t number) {
  return std::lower_bound(calls_.begin(), calls_.end(), number,
                          [](const auto& call, std::uint64_t wanted) { return call->number < wanted; });
}

void Exchange::put(std::shared_ptr<Call> call) {
  {
    const std::lock_guard lock(mutex_);
    calls_.insert(place_of(call->number), std::move(call));
  }
  calls_changed_.notify_one();
}

void Exchange::withdraw(const Call& call) {
  const std::lock_guard lock(mutex_);
  const auto found = place_of(call.number);
  if (found != calls_.end() && found->get() == &call) calls_.erase(found);
}

void Exchange::put(Order order) {
  {
    const std::lock_guard lock(mutex_);
    give(order);
  }
  orders_changed_.notify_all();
}

void Exchange::set_threads(std::uint64_t threads) {
  {
    const std::lock_guard lock(mutex_);
    threads_ = threads;
    give({Order::Kind::threads, threads});
  }
  calls_changed_.notify_all();
  orders_changed_.notify_all();
}

bool Exchange::wants_thread(std::uint64_t slot) {
  const std::lock_guard lock(mutex_);
  return !closed_ && slot < threads_;
}

void Exchange::give(Order order) {
  orders_.push_back(order);
  // Others are given at times when Ruby may be busy with the configuration itself.
  const bool is_urgent = order.kind != Order::Kind::threads && order.kind != Order::Kind::maintain;
  if (is_urgent && !ordered_) ordered_ = std::chrono::steady_clock::now();
}

void Exchange::has_threads(std::uint64_t threads) {
  const std::lock_guard lock(mutex_);
  taking_ = threads;
  if (threads == 0 && threads_ > 0 && !closed_) loop_.post(deserted_);
}

bool Exchange::is_held(std::chrono::steady_clock::duration patience) {
  const std::lock_guard lock(mutex_);
  if (taking_ == 0u && threads_ > 0) return true;
  return ordered_ && std::chrono::steady_clock::now() - *ordered_ >= patience;
}

void Exchange::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    calls_.clear();
    orders_.clear();
  }
  calls_changed_.notify_all();
  orders_changed_.notify_all();
}

bool Exchange::closed() {
  const std::lock_guard lock(mutex_);
  return closed_;
}

template <typename Ready>
void Exchange::Wait::until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                           Ready ready) {
  changed.wait(lock, [&] { return interrupted_ || exchange_.closed_ || ready(); });
}

std::shared_ptr<Call> Exchange::Wait::call(std::uint64_t slot) {
  std::unique_lock lock(exchange_.mutex_);
  auto& calls = exchange_.calls_;
  for (;;) {
    until(lock, exchange_.calls_changed_, [&] { return !calls.empty() || slot >= exchange_.threads_; });
    if (interrupted_ || calls.empty() || slot >= exchange_.threads_) break;
    const auto call = std::move(calls.front());
    calls.pop_front();
    const std::lock_guard of_call(call->mutex);
    if (call->state != Call::State::waiting) continue;
    call->state = Call::State::running;
    call->thread_has_it = true;
    return call;
  }
  // A call that was to wake this thread is another one's.
  if (!calls.empty()) exchange_.calls_changed_.notify_one();
  return nullptr;
}

std::optional<Order> Exchange::Wait::order() {
  std::unique_lock lock(exchange_.mutex_);
  auto& orders = exchange_.orders_;
  // Back from what it had to do. It takes an order without Ruby's lock, and may then have to wait for it.
  exchange_.ordered_.reset();
  if (!orders.empty()) exchange_.ordered_ = std::chrono::steady_clock::now();
  until(lock, exchange_.orders_changed_, [&] { return !orders.empty(); });
  if (interrupted_ || orders.empty()) return std::nullopt;
  const Order order = orders.front();
  orders.pop_front();
  return order;
}

void Exchange::Wait::interrupt() {
  {
    const std::lock_guard lock(exchange_.mutex_);
    interrupted_ = true;
  }
  exchange_.calls_changed_.notify_all();
  exchange_.orders_changed_.notify_all();
}

bool Exchange::finished(const std::shared_ptr<Call>& call, bool killed) {
  {
    const std::lock_guard lock(call->mutex);
    if (!call->thread_has_it) return false;
    call->thread_has_it = false;
    call->killed = killed;
    if (call->state == Call::State::running) call->state = Call::State::answered;
  }
  const std::lock_guard lock(mutex_);
  if (!closed_) loop_.post([answered = answered_, call] { answered(call); });
  return true;
}

}  // namespace milter_manager::ruby
