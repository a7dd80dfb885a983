// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/single_process.h"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace milter_manager::daemon {
namespace {

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// What the end may take beyond manager.stop_timeout: last answers, and threads of Ruby that don't end.
constexpr std::chrono::seconds kEndingTime{10};

}  // namespace

SingleProcess::SingleProcess(Service& service, const ConfigSource& source, log::Logger& logger,
                             supervision::ListeningSockets sockets)
    : service_(service),
      logger_(logger),
      load_paths_(source.load_paths()),
      sockets_(service.loop(), logger, std::move(sockets),
               [this](const supervision::ListeningSockets& those) { accept_at(those); }),
      main_(service.loop(), logger, *this, [this](int nth) { stop(nth); }),
      started_at_(unix_time()),
      configured_at_(started_at_) {}

void SingleProcess::serve() {
  accept_at(sockets_.sockets());
  main_.serving();
}

void SingleProcess::accept_at(const supervision::ListeningSockets& sockets) {
  if (auto duplicates = sockets.duplicates()) {
    service_.listen_on(std::move(*duplicates), supervision::ListeningSockets::kAcceptorsLinger);
  } else {
    logger_.log(log::Level::error, duplicates.error().message);
  }
}

void SingleProcess::stop(int) {
  if (!main_.is_stopping()) main_.stopping(configuration()->manager.stop_timeout + kEndingTime);
  sockets_.close();
  service_.stop();
}

void SingleProcess::take_snapshot(SnapshotAnswer answer) {
  service_.loop().post([this, answer = std::move(answer)] {
    supervision::Snapshot snapshot;
    snapshot.pid = ::getpid();
    snapshot.started_at = started_at_;
    snapshot.reloads = reloads_;
    snapshot.failed_reloads = failed_reloads_;
    snapshot.configured_at = configured_at_;
    snapshot.connection_spec = sockets_.sockets().spec();
    snapshot.breakers = service_.breakers();
    supervision::ProcessStatus status = service_.status();
    snapshot.sessions_finished = status.sessions_finished;
    snapshot.sessions_open = status.sessions_open;
    snapshot.children_open = status.children_open;
    snapshot.log_lines = status.log_lines;
    snapshot.log_dropped = status.log_dropped;
    snapshot.log_waiting = status.log_waiting;
    snapshot.measurements = status.measurements;
    snapshot.processes.push_back(std::move(status));
    answer(snapshot);
  });
}

void SingleProcess::reload(Answer answer) {
  main_.reload_began();
  service_.reload(std::nullopt, [this, answer = std::move(answer)](const Result<void>& result) {
    if (!result) {
      ++failed_reloads_;
      return end_reload(false, result, answer);
    }
    ++reloads_;
    configured_at_ = unix_time();
    sockets_.follow(configuration(), [this, answer](const Result<void>& listening) {
      if (!listening) logger_.log(log::Level::error, listening.error().message);
      end_reload(true, listening, answer);
    });
  });
}

void SingleProcess::end_reload(bool took_effect, const Result<void>& result, const Answer& answer) {
  main_.reload_ended(took_effect);
  answer(result);
}

void SingleProcess::stop_milter(const std::string& name, Answer answer) {
  Result<void> result = service_.is_reloading() ? failure(kReadingConfiguration) : service_.stop_milter(name);
  service_.loop().post([answer = std::move(answer), result = std::move(result)] { answer(result); });
}

}  // namespace milter_manager::daemon
