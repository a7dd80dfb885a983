// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/writer.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace milter_manager::log {
namespace {

// Lines that come within this time are delivered together.
constexpr auto kGather = std::chrono::milliseconds(10);
constexpr auto kRetry = std::chrono::milliseconds(100);
constexpr auto kLastChance = std::chrono::seconds(1);

// Signals belong to the threads that expect them.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Writer::Writer(std::unique_ptr<Destination> destination, Stuck stuck, std::size_t max_bytes)
    : destination_(std::move(destination)), stuck_(std::move(stuck)), max_bytes_(max_bytes), thread_([this] {
        block_signals();
        run();
      }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(lock_);
    stopping_ = true;
    stop_by_ = std::chrono::steady_clock::now() + kLastChance;
  }
  work_.notify_all();
  thread_.join();
}

bool Writer::write(std::string_view line, bool counted) {
  bool wake = false;
  {
    const std::lock_guard lock(lock_);
    if (bytes_ + line.size() > max_bytes_) {
      ++refused_;
      return false;
    }
    bytes_ += line.size();
    (reopen_ ? after_reopen_ : waiting_).add(line, counted);
    wake = std::exchange(idle_, false);
  }
  if (wake) work_.notify_all();
  return true;
}

void Writer::reopen() {
  {
    const std::lock_guard lock(lock_);
    reopen_ = true;
  }
  work_.notify_all();
}

bool Writer::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(lock_);
  ++hurry_;
  work_.notify_all();
  const bool done = delivered_.wait_for(lock, limit, [&] { return bytes_ == 0 && !reopen_ && !busy_; });
  --hurry_;
  return done;
}

std::size_t Writer::waiting_bytes() const {
  const std::lock_guard lock(lock_);
  return bytes_;
}

void Writer::run() {
  std::unique_lock lock(lock_);
  Lines lines;
  for (;;) {
    idle_ = true;
    work_.wait(lock, [&] { return waiting_.count() > 0 || reopen_ || stopping_; });
    idle_ = false;
    if (waiting_.count() == 0 && !reopen_) return;
    work_.wait_for(lock, kGather, [&] { return stopping_ || hurry_ > 0; });

    std::swap(lines, waiting_);
    const bool reopen = reopen_;
    busy_ = true;
    const bool all = deliver(lock, lines);
    bytes_ -= lines.size_bytes();
    lines.clear();
    if (!all) return;
    // Unless that was done to get rid of them.
    if (reopen && reopen_) reopen_destination(lock);
    busy_ = false;
    if (bytes_ == 0 && !reopen_) delivered_.notify_all();
  }
}

void Writer::reopen_destination(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  destination_->reopen();
  lock.lock();
  // Lines written meanwhile are for the new file, behind those that the old one did not take.
  waiting_.add(after_reopen_);
  after_reopen_.clear();
  reopen_ = false;
}

// At the end of the program nobody is told: who would write it down may be gone already.
void Writer::watch(std::unique_lock<std::mutex>& lock, std::size_t taken, bool delivered) {
  const auto now = std::chrono::steady_clock::now();
  // What is forgotten does not show that anybody reads.
  const auto forgotten_before = std::exchange(forgotten_, destination_->forgotten());
  const bool forgot = forgotten_ != forgotten_before;
  if (taken > 0) stuck_since_.reset();
  if (!delivered && !stuck_since_) stuck_since_ = now;
  const bool over = delivered && stuck_told_ && !forgot;
  const bool lasts = !delivered && !stuck_told_ && now - *stuck_since_ >= kPatience;
  if (delivered) stuck_since_.reset();
  if (!stuck_ || stopping_ || (!over && !lasts)) return;
  stuck_told_ = lasts;
  const auto lost = refused_ + forgotten_;
  lock.unlock();
  stuck_(lasts ? std::optional(destination_->problem()) : std::nullopt, lost);
  lock.lock();
}

// False: given up, since the program ends.
bool Writer::deliver(std::unique_lock<std::mutex>& lock, const Lines& lines) {
  for (std::size_t next = 0; next < lines.count();) {
    lock.unlock();
    const std::size_t taken = destination_->write(lines, next);
    lock.lock();
    next += taken;
    watch(lock, taken, next == lines.count());
    if (next == lines.count()) return true;
    if (reopen_) {
      reopen_destination(lock);
      continue;
    }
    if (stopping_ && (!destination_->reachable() || std::chrono::steady_clock::now() >= stop_by_))
      return false;
    // When stopping, there is little time left.
    const auto pause = stopping_ ? kRetry / 10 : kRetry;
    work_.wait_for(lock, pause, [&, stopping = stopping_] { return stopping_ != stopping || reopen_; });
  }
  return true;
}

}  // namespace milter_manager::log
