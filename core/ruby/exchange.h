// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/net/loop.h"
#include "core/ruby/call.h"

namespace milter_manager::ruby {

// What the keeper of the Ruby threads is told to do. `number` is a call's, but for threads: how many.
struct Order {
  enum class Kind : std::uint8_t { threads, interrupt, kill, abandon, maintain } kind = Kind::threads;
  std::uint64_t number = 0;
};

// Where the loop's thread and the Ruby threads meet. Any thread may call anything; nothing here knows Ruby. Ruby
// threads wait without Ruby's lock.
class Exchange {
 public:
  using Answered = std::function<void(const std::shared_ptr<Call>&)>;
  // `answered` is called on the loop's thread for each call that a Ruby thread is done with, `deserted` when none takes calls
  // any more.
  Exchange(
      net::Loop& loop, Answered answered, std::function<void()> deserted = [] {})
      : loop_(loop), answered_(std::move(answered)), deserted_(std::move(deserted)) {}

  // Calls are taken in the order of their numbers, however late they are put.
  void put(std::shared_ptr<Call> call);
  // Takes back a call that no Ruby thread is to have any more.
  void withdraw(const Call& call);
  void put(Order order);
  // How many Ruby threads there are to be; the keeper gets to know.
  void set_threads(std::uint64_t threads);
  bool wants_thread(std::uint64_t slot);
  // How many there are that take calls; the keeper says so.
  void has_threads(std::uint64_t threads);
  // Nobody takes calls: each thread is busy with one that can't be stopped, and no more are started; or the keeper, who needs no
  // more than Ruby's lock, has had a thread to stop for that long.
  bool is_held(std::chrono::steady_clock::duration patience);
  // Has everyone who waits return with nothing, now and later. Nothing reaches the loop any more.
  void close();
  bool closed();

  // For a Ruby thread that waits: interrupt() ends that wait.
  class Wait {
   public:
    explicit Wait(Exchange& exchange) : exchange_(exchange) {}
    // The next call for the Ruby thread of that number. None, too, when there are to be no more than `slot` threads.
    std::shared_ptr<Call> call(std::uint64_t slot);
    std::optional<Order> order();
    void interrupt();

   private:
    template <typename Ready>
    void until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, Ready ready);
    Exchange& exchange_;
    bool interrupted_ = false;
  };

  // A Ruby thread is done with the call; `killed`: it ends with it. False if it was done with it before.
  bool finished(const std::shared_ptr<Call>& call, bool killed);

  // User code that forked without a block: the child has come back to where only the manager may go on. To be called
  // before any lock is taken, which another thread may have held when it forked.
  void leave_if_forked() const {
    if (::getpid() != pid_) ::_exit(0);
  }

 private:
  void give(Order order);
  std::deque<std::shared_ptr<Call>>::iterator place_of(std::uint64_t number);

  net::Loop& loop_;
  const Answered answered_;
  const std::function<void()> deserted_;
  const pid_t pid_ = ::getpid();
  std::mutex mutex_;
  std::condition_variable calls_changed_, orders_changed_;
  std::deque<std::shared_ptr<Call>> calls_;  // by number
  std::deque<Order> orders_;
  std::optional<std::chrono::steady_clock::time_point>
      ordered_;  // since then the keeper has had a thread to stop
  std::uint64_t threads_ = 0;
  std::optional<std::uint64_t> taking_;  // how many take calls; nullopt: the keeper has not begun
  bool closed_ = false;
};

}  // namespace milter_manager::ruby
