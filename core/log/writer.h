// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace milter_manager::log {

// Lines one behind another in one piece of memory.
class Lines {
 public:
  void add(std::string_view line) {
    bytes_.append(line);
    ends_.push_back(bytes_.size());
  }
  std::size_t count() const { return ends_.size(); }
  std::string_view line(std::size_t i) const { return from(i).substr(0, ends_[i] - begin(i)); }
  std::string_view from(std::size_t i) const { return std::string_view(bytes_).substr(begin(i)); }
  std::size_t size_bytes() const { return bytes_.size(); }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }

 private:
  std::size_t begin(std::size_t i) const { return i == 0 ? 0 : ends_[i - 1]; }
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

// Where a Writer's lines go. Used on the writer's thread alone, where it may wait.
class Destination {
 public:
  virtual ~Destination() = default;
  // Takes lines from `first` on, in order; returns how many. When it can't take all now, it is asked again a
  // little later with the rest.
  virtual std::size_t write(const Lines& lines, std::size_t first) = 0;
  virtual void reopen() {}
  // Whether waiting for it has a chance at the end of the program.
  virtual bool reachable() const { return true; }
};

// Carries lines to a destination on a thread of its own, so that whoever logs never waits for a disk or a log
// daemon. Lines that come faster than the destination takes them wait, up to a limit of bytes; beyond it they
// are dropped.
//
// Not to be made before a fork() whose child goes on logging: threads don't follow.
class Writer {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

  explicit Writer(std::unique_ptr<Destination> destination, std::size_t max_bytes = kMaxBytes);
  // Delivers what waits, if that takes no longer than a second.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // From any thread. False: dropped. Cost: a copy; a wake-up of the thread when it is idle.
  bool write(std::string_view line);
  // Behind what was written before.
  void reopen();
  // Waits until all that was written before is delivered; false if that takes longer.
  bool flush(std::chrono::milliseconds limit);

 private:
  void run();
  bool deliver(std::unique_lock<std::mutex>& lock, const Lines& lines);

  const std::unique_ptr<Destination> destination_;
  const std::size_t max_bytes_;
  std::mutex lock_;
  std::condition_variable work_;       // something is to be done
  std::condition_variable delivered_;  // nothing waits any more
  Lines waiting_;                      // for the current file
  Lines after_reopen_;                 // for the one that is opened then
  bool reopen_ = false;
  std::size_t bytes_ = 0;  // of all lines not delivered
  bool idle_ = false;
  bool busy_ = false;
  int hurry_ = 0;  // flush() calls that wait
  bool stopping_ = false;
  std::chrono::steady_clock::time_point stop_by_;
  std::thread thread_;
};

}  // namespace milter_manager::log
