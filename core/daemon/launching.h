// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "core/config/configuration.h"
#include "core/daemon/role.h"
#include "core/launcher/starter.h"
#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/result.h"
#include "core/supervision/main_process.h"

namespace milter_manager::daemon {

// How a main process has milters' commands started (security.privilege_mode, milter.command): by a process that keeps root's rights.
class Launching {
 public:
  // To be called before the rights are given up. Nothing is started where the configuration wants no command started, or where we
  // have no such rights; standard error says so then.
  static Result<Launching> begin(const config::Configuration& configuration, const Role& role,
                                 char* const* argv);

  // May be given away before attach(); empty where there is no such process.
  supervision::MilterStarter starter() const;
  // From now on starter() works.
  void attach(net::Loop& loop, log::Logger& logger, supervision::MainProcess& main_process);

 private:
  std::optional<launcher::Launched> launched_;
  std::shared_ptr<launcher::Starter*> starter_;
};

// That process.
int launch_milters();

}  // namespace milter_manager::daemon
