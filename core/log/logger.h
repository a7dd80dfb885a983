// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/log/level.h"
#include "core/log/line.h"
#include "core/log/settings.h"
#include "core/log/time_text.h"
#include "core/result.h"
#include "core/statistics/event.h"

namespace milter_manager::log {

class Writer;

// Writes to a file or standard output, and to syslog. Safe from any thread.
//
//   if (logger.is_interesting(Level::debug)) logger.log(Level::debug, fmt::format("…", …));
//   logger.report(event);
//
// Nothing here waits for a disk or a log daemon: lines are handed to threads (see Writer); what these can't
// take is dropped and counted. So a Logger is made after the program has become a daemon, not before.
class Logger {
 public:
  // A path that can't be opened is replaced by standard output; problem() then says so.
  explicit Logger(Settings settings);
  // Delivers what waits, for at most a second or so.
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Goes over to other settings (a reload): levels and items at once; the file, when its path changed, and
  // syslog are closed and opened. For the moments of starting and reloading, and one thread at a time: opens the
  // file itself, while others go on logging. When that fails the old file stays.
  Result<void> use(Settings settings);
  const std::optional<Error>& problem() const { return problem_; }

  // Whether anybody would see it. Cost: one atomic read.
  bool is_interesting(Level level) const {
    return (interesting_.load(std::memory_order_relaxed) & bit(level)) != 0;
  }
  void log(Level level, std::string_view message, Location location = Location::here());
  // At level statistics.
  void report(const statistics::Event& event, Location location = Location::here());

  // Closes the file and opens its path again (SIGUSR1, after log rotation). When that fails a warning goes to
  // standard output, and so does what follows.
  void reopen();
  // Waits until what was logged before is delivered; false when that takes longer than `limit`. Not on a
  // loop's thread.
  bool flush(std::chrono::milliseconds limit);

  // For [heartbeat]: statistics lines handed to the sink, and those that it could not take, which may turn out later; of
  // syslog where it is used, else of the file.
  std::uint64_t lines() const { return lines_.load(std::memory_order_relaxed); }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  // Bytes of lines that syslog and the file have not taken yet; each holds up to Writer::kMaxBytes, and drops what comes beyond that.
  std::size_t waiting_bytes() const;

 private:
  void write(Level level, std::string_view message, const Location& location);
  Result<std::shared_ptr<Writer>> open_file(const std::string& path);
  void start_syslog();
  void apply();
  std::string reopen_failed(std::string_view reason);
  void syslog_lost(std::string_view line, bool counted);
  enum class Sink : std::uint8_t { file, syslog };
  void stuck(Sink sink, const std::optional<std::string>& problem, std::uint64_t lost);

  mutable std::mutex lock_;
  Settings settings_;
  std::optional<Error> problem_;
  bool colored_ = false;
  int facility_ = 0;
  const int pid_;
  std::atomic<LevelSet> interesting_{0};
  std::atomic<std::uint64_t> lines_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> loss_told_{false};
  TimeText times_;
  std::string scratch_;
  std::string event_;  // of report()
  std::shared_ptr<Writer> file_;
  std::shared_ptr<Writer> syslog_;  // null: not used
};

}  // namespace milter_manager::log
