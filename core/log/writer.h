// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace milter_manager::log {

// Lines one behind another in one piece of memory. Some are counted: should one be lost later, somebody must know.
class Lines {
 public:
  void add(std::string_view line, bool counted = false) {
    bytes_.append(line);
    ends_.push_back({bytes_.size(), counted});
  }
  void add(const Lines& others) {
    for (std::size_t i = 0; i < others.count(); ++i) add(others.line(i), others.counted(i));
  }
  std::size_t count() const { return ends_.size(); }
  std::string_view line(std::size_t i) const { return from(i).substr(0, ends_[i].at - begin(i)); }
  bool counted(std::size_t i) const { return ends_[i].counted; }
  std::string_view from(std::size_t i) const { return std::string_view(bytes_).substr(begin(i)); }
  std::size_t size_bytes() const { return bytes_.size(); }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }

 private:
  std::size_t begin(std::size_t i) const { return i == 0 ? 0 : ends_[i - 1].at; }
  struct End {
    std::size_t at;
    bool counted;
  };
  std::string bytes_;
  std::vector<End> ends_;
};

// Where a Writer's lines go. Used on the writer's thread alone, where it may wait.
class Destination {
 public:
  virtual ~Destination() = default;
  // Takes lines from `first` on, in order; returns how many. When it can't take all now, it is asked again a
  // little later with the rest.
  virtual std::size_t write(const Lines& lines, std::size_t first) = 0;
  // Lines that were begun and not finished are begun anew then.
  virtual void reopen() {}
  // Whether waiting for it has a chance at the end of the program.
  virtual bool reachable() const { return true; }
  // How many lines it took and did not deliver: nobody reads any more, or a line is too long.
  virtual std::uint64_t forgotten() const { return 0; }
  // Why it did not take all the last time: "/dev/log: No such file or directory".
  virtual std::string problem() const = 0;
};

// Carries lines to a destination on a thread of its own, so that whoever logs never waits for a disk or a log
// daemon. Lines that come faster than the destination takes them wait, up to a limit of bytes; beyond it they
// are dropped.
//
// Not to be made before a fork() whose child goes on logging: threads don't follow.
class Writer {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

  // Told on the writer's thread, without its lock: the problem, once nothing at all was taken for kPatience; nullopt when it is
  // over and what waited is delivered. `lost`: lines so far that found no room, or that the destination forgot.
  using Stuck = std::function<void(const std::optional<std::string>& problem, std::uint64_t lost)>;
  static constexpr std::chrono::seconds kPatience{1};

  explicit Writer(std::unique_ptr<Destination> destination, Stuck stuck = nullptr,
                  std::size_t max_bytes = kMaxBytes);
  // Delivers what waits, if that takes no longer than a second.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // From any thread. False: dropped. Cost: a copy; a wake-up of the thread when it is idle.
  bool write(std::string_view line, bool counted = false);
  // Behind what was written before; at once where the destination does not take that (a full disk): then it is for the
  // new one.
  void reopen();
  // Waits until all that was written before is delivered; false if that takes longer.
  bool flush(std::chrono::milliseconds limit);
  // Of lines that are not delivered.
  std::size_t waiting_bytes() const;

 private:
  void run();
  void watch(std::unique_lock<std::mutex>& lock, std::size_t taken, bool delivered);
  bool deliver(std::unique_lock<std::mutex>& lock, const Lines& lines);
  void reopen_destination(std::unique_lock<std::mutex>& lock);

  const std::unique_ptr<Destination> destination_;
  const Stuck stuck_;
  const std::size_t max_bytes_;
  mutable std::mutex lock_;
  std::condition_variable work_;       // something is to be done
  std::condition_variable delivered_;  // nothing waits any more
  Lines waiting_;                      // for the current file
  Lines after_reopen_;                 // for the one that is opened then
  bool reopen_ = false;
  std::size_t bytes_ = 0;  // of all lines not delivered
  std::uint64_t refused_ = 0;
  bool idle_ = false;
  bool busy_ = false;
  std::optional<std::chrono::steady_clock::time_point> stuck_since_;
  bool stuck_told_ = false;
  std::uint64_t forgotten_ = 0;  // by the destination, up to its last write
  int hurry_ = 0;                // flush() calls that wait
  bool stopping_ = false;
  std::chrono::steady_clock::time_point stop_by_;
  std::thread thread_;
};

}  // namespace milter_manager::log
