// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/daemon/config_source.h"
#include "core/daemon/service.h"
#include "core/log/logger.h"
#include "core/supervision/listening_sockets.h"
#include "core/supervision/main_process.h"
#include "core/supervision/manager.h"
#include "core/supervision/socket_keeper.h"

namespace milter_manager::daemon {

// A manager that is one process: serves, and is its own main process. All on the service's loop.
class SingleProcess final : public supervision::Manager {
 public:
  // Everything given must outlive it. Before the service runs.
  SingleProcess(Service& service, const ConfigSource& source, log::Logger& logger,
                supervision::ListeningSockets sockets);

  supervision::MainProcess& main_process() { return main_; }
  // Accepts, and says so.
  void serve();
  // For a start that fails after all.
  void close_sockets() { sockets_.close(); }

  std::shared_ptr<const config::Configuration> configuration() const override {
    return service_.configuration();
  }
  std::vector<std::string> load_paths() const override { return load_paths_; }
  void take_snapshot(SnapshotAnswer answer) override;
  void reload(Answer answer) override;
  void stop_milter(const std::string& name, Answer answer) override;
  void reopen_logs() override { logger_.reopen(); }

 private:
  void stop(int nth);
  void accept_at(const supervision::ListeningSockets& sockets);
  void end_reload(bool took_effect, const Result<void>& result, const Answer& answer);

  Service& service_;
  log::Logger& logger_;
  const std::vector<std::string> load_paths_;
  supervision::SocketKeeper sockets_;
  supervision::MainProcess main_;
  const double started_at_;
  double configured_at_;
  std::uint64_t reloads_ = 0;
  std::uint64_t failed_reloads_ = 0;
};

}  // namespace milter_manager::daemon
