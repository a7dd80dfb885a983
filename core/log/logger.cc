// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logger.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "core/log/file_destination.h"
#include "core/log/syslog_destination.h"
#include "core/log/writer.h"

namespace milter_manager::log {
namespace {

bool is_standard_output(const std::string& path) { return path.empty() || path == "-"; }

// Unless that would wait.
void tell_standard_error(const std::string& line) {
  pollfd one{STDERR_FILENO, POLLOUT, 0};
  if (poll(&one, 1, 0) != 1 || (one.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

bool shows_colors(const Settings& settings) {
  if (settings.colors != Colors::automatic) return settings.colors == Colors::always;
  return is_standard_output(settings.path) && isatty(STDOUT_FILENO) != 0 &&
         terminal_has_colors(std::getenv("TERM"));
}

}  // namespace

Logger::Logger(Settings settings) : settings_(std::move(settings)), pid_(getpid()) {
  auto file = open_file(settings_.path);
  if (!file) {
    problem_ = file.error();
    settings_.path.clear();
    file = open_file(settings_.path);
  }
  file_ = std::move(*file);
  start_syslog();
  apply();
}

Logger::~Logger() {
  // Both threads use the members until they end: syslog's first, since what it still has to tell goes to the file.
  const auto end = [this](std::shared_ptr<Writer>& writer) {
    std::shared_ptr<Writer> ending;
    const std::lock_guard lock(lock_);
    ending = std::move(writer);
  };
  end(syslog_);
  end(file_);
}

Result<std::shared_ptr<Writer>> Logger::open_file(const std::string& path) {
  auto destination =
      open_file_destination(path, [this](std::string_view reason) { return reopen_failed(reason); });
  if (!destination) return tl::unexpected(destination.error());
  return std::make_shared<Writer>(std::move(*destination), [this](const auto& problem, std::uint64_t lost) {
    stuck(Sink::file, problem, lost);
  });
}

void Logger::start_syslog() {
  syslog_.reset();
  loss_told_ = false;
  if (!settings_.use_syslog) return;
  syslog_ = std::make_shared<Writer>(
      make_syslog_destination(settings_.syslog_socket,
                              [this](std::string_view line, bool counted) { syslog_lost(line, counted); }),
      [this](const auto& problem, std::uint64_t lost) { stuck(Sink::syslog, problem, lost); });
}

void Logger::apply() {
  colored_ = shows_colors(settings_);
  facility_ = facility_of(settings_.syslog_facility);
  LevelSet interesting = settings_.fatal;
  if (settings_.use_output) interesting |= settings_.levels;
  if (settings_.use_syslog) interesting |= settings_.syslog_levels.value_or(settings_.levels);
  interesting_ = interesting;
}

Result<void> Logger::use(Settings settings) {
  // Writers deliver their last lines as they are destroyed: that must not keep others from logging.
  std::shared_ptr<Writer> old_file, old_syslog;
  Result<void> result;
  // Nor must opening, which may take its time. The path is changed here alone.
  std::shared_ptr<Writer> file;
  if (settings.path != settings_.path) {
    if (auto opened = open_file(settings.path)) {
      file = std::move(*opened);
    } else {
      result = tl::unexpected(opened.error());
      settings.path = settings_.path;
    }
  }
  const std::lock_guard lock(lock_);
  if (file) old_file = std::exchange(file_, std::move(file));
  const bool other_syslog =
      settings.use_syslog != settings_.use_syslog || settings.syslog_socket != settings_.syslog_socket;
  settings_ = std::move(settings);
  if (other_syslog) {
    old_syslog = std::move(syslog_);
    start_syslog();
  }
  apply();
  return result;
}

void Logger::write(Level level, std::string_view message, const Location& location) {
  Entry entry{level, message, location, std::chrono::system_clock::now(), settings_.program, pid_};
  const bool counts = level == Level::statistics;
  if (syslog_ && (settings_.syslog_levels.value_or(settings_.levels) & bit(level)) != 0) {
    scratch_.clear();
    format_syslog(entry, facility_, times_, scratch_);
    const bool taken = syslog_->write(scratch_, counts);
    if (counts) ++(taken ? lines_ : dropped_);
  }
  if (settings_.use_output && (settings_.levels & bit(level)) != 0) {
    scratch_.clear();
    format_line(entry, settings_.items, colored_, times_, scratch_);
    const bool taken = file_->write(scratch_);
    if (counts && !syslog_) ++(taken ? lines_ : dropped_);
  }
}

void Logger::log(Level level, std::string_view message, Location location) {
  if (!is_interesting(level)) return;
  bool fatal = false;
  {
    const std::lock_guard lock(lock_);
    write(level, message, location);
    fatal = (settings_.fatal & bit(level)) != 0;
  }
  if (fatal) {
    flush(std::chrono::seconds(1));
    std::abort();
  }
}

void Logger::report(const statistics::Event& event, Location location) {
  if (!is_interesting(Level::statistics)) return;
  const std::lock_guard lock(lock_);
  event_.clear();
  statistics::format(event, event_);
  write(Level::statistics, event_, location);
}

void Logger::reopen() {
  {
    const std::lock_guard lock(lock_);
    if (is_standard_output(settings_.path)) return;
  }
  log(Level::info, "[logger][reopen][close]");
  {
    const std::lock_guard lock(lock_);
    file_->reopen();
  }
  log(Level::info, "[logger][reopen][open]");
}

std::string Logger::reopen_failed(std::string_view reason) {
  const std::lock_guard lock(lock_);
  const auto message = "[logger][reopen][open][warning] " + std::string(reason);
  std::string line;
  format_line(
      {Level::warning, message, Location::here(), std::chrono::system_clock::now(), settings_.program, pid_},
      settings_.items, colored_, times_, line);
  return line;
}

void Logger::syslog_lost(std::string_view line, bool counted) {
  if (counted) {
    --lines_;
    ++dropped_;
  }
  // Once: the heartbeats tell how many.
  if (loss_told_.exchange(true)) return;
  constexpr std::size_t kShown = 120;
  log(Level::warning,
      fmt::format("[logger][syslog][lost] a line of {} bytes is longer than what the socket takes: {}…",
                  line.size(), line.substr(0, kShown)));
}

// Told where it can be read now: in the other log; where there is none, to whoever sees standard error.
void Logger::stuck(Sink sink, const std::optional<std::string>& problem, std::uint64_t lost) {
  const char* const name = sink == Sink::syslog ? "syslog" : "file";
  const auto message =
      problem ? fmt::format("[logger][{}][stuck] {}: lines wait, and are lost when there are too many", name,
                            *problem)
              : fmt::format("[logger][{}][again] it takes lines again; {} lines are lost so far", name, lost);
  const Level level = problem ? Level::error : Level::message;
  std::unique_lock lock(lock_);
  const bool to_syslog = sink == Sink::file && syslog_ != nullptr;
  const bool to_file = sink == Sink::syslog && settings_.use_output;
  const Entry entry{level, message, Location::here(), std::chrono::system_clock::now(), settings_.program,
                    pid_};
  std::string line;
  if (to_syslog) {
    format_syslog(entry, facility_, times_, line);
    syslog_->write(line);
  } else {
    format_line(entry, settings_.items, colored_, times_, line);
    if (to_file) file_->write(line);
    lock.unlock();
    // Nobody may be reading standard error, either: that must not keep others from logging.
    if (!to_file && problem) tell_standard_error(line);
  }
}

std::size_t Logger::waiting_bytes() const {
  const std::lock_guard lock(lock_);
  return file_->waiting_bytes() + (syslog_ ? syslog_->waiting_bytes() : 0);
}

bool Logger::flush(std::chrono::milliseconds limit) {
  std::shared_ptr<Writer> file, syslog;
  {
    const std::lock_guard lock(lock_);
    file = file_;
    syslog = syslog_;
  }
  // Not under the lock: others go on logging, and a writer that reopens its file may need it.
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const bool flushed = file->flush(limit);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return (!syslog || syslog->flush(left)) && flushed;
}

}  // namespace milter_manager::log
