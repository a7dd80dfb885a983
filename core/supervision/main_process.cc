// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/main_process.h"

#include <fmt/format.h>
#include <signal.h>

#include <utility>

namespace milter_manager::supervision {
namespace {

constexpr std::chrono::seconds kStatusInterval{10};
constexpr std::chrono::seconds kClockInterval{1};

std::string sentence_of(const Snapshot& snapshot) {
  const std::string workers =
      snapshot.n_workers > 0
          ? fmt::format(", {} of {} workers", snapshot.processes.size(), snapshot.n_workers)
          : "";
  return fmt::format("Serving on {}{}: {} sessions, {} since the start", snapshot.connection_spec, workers,
                     snapshot.sessions_open, snapshot.sessions_finished);
}

}  // namespace

MainProcess::MainProcess(net::Loop& loop, log::Logger& logger, Manager& manager, Stop stop)
    : loop_(loop),
      logger_(logger),
      manager_(manager),
      status_timer_(loop, [this] { tell_status(); }),
      watchdog_(loop, [this] { service_manager_.alive(); }),
      clock_timer_(loop, [this] { check_clock(); }) {
  const auto take = [this](int number, std::function<void()> received) {
    signals_.push_back(std::make_unique<net::Signal>(loop_, number, std::move(received)));
  };
  const auto stops = [this, stop = std::move(stop)] { stop(++stop_signals_); };
  take(SIGTERM, stops);
  take(SIGINT, stops);
  take(SIGHUP, [this] { manager_.reload([](const Result<void>&) {}); });
  take(SIGUSR1, [this] { manager_.reopen_logs(); });
  if (const auto interval = service_manager_.watchdog_interval()) watchdog_.start_every(*interval);
}

void MainProcess::attach(std::unique_ptr<Attachment> attachment) {
  attachments_.push_back(std::move(attachment));
}

void MainProcess::serving() {
  serving_ = true;
  use_configuration();
  tell_status();
  status_timer_.start_every(kStatusInterval);
  check_clock();
  clock_timer_.start_every(kClockInterval);
}

void MainProcess::check_clock() {
  const auto line = clock_.check(std::chrono::system_clock::now(), std::chrono::steady_clock::now());
  if (line) logger_.log(log::Level::warning, *line);
}

void MainProcess::use_configuration() {
  const auto configuration = manager_.configuration();
  for (const auto& attachment : attachments_) {
    if (auto used = attachment->use(*configuration); !used) {
      logger_.log(log::Level::error, used.error().message);
    }
  }
}

void MainProcess::tell_status() {
  manager_.take_snapshot([this](const Snapshot& snapshot) {
    if (stopping_) return;
    const std::string status = sentence_of(snapshot);
    if (!std::exchange(told_ready_, true)) {
      service_manager_.ready(status);
    } else if (status != status_) {
      service_manager_.status(status);
    }
    status_ = status;
  });
}

// A reload during the start is part of it.
void MainProcess::reload_began() {
  if (told_ready_) service_manager_.reloading();
}

void MainProcess::reload_ended(bool took_effect) {
  if (took_effect && serving_) use_configuration();
  if (told_ready_ && !stopping_) service_manager_.ready(status_);
}

void MainProcess::stopping(std::chrono::duration<double> limit) {
  stopping_ = true;
  status_timer_.stop();
  service_manager_.stopping(limit);
}

}  // namespace milter_manager::supervision
