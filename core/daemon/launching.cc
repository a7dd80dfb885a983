// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/launching.h"

#include <unistd.h>

#include <utility>

#include "core/daemon/messages.h"
#include "core/launcher/launcher.h"

namespace milter_manager::daemon {

Result<Launching> Launching::begin(const config::Configuration& configuration, const Role& role,
                                   char* const* argv) {
  Launching launching;
  auto commands = launcher::commands_of(configuration);
  if (commands.empty()) return launching;
  if (::geteuid() != 0) {
    tell("warning: security.privilege_mode has no effect: the manager was not started by root");
    return launching;
  }
  Role launcher = role;
  launcher.kind = Role::Kind::launcher;
  launcher.evaluation = launcher.ready = -1;
  launcher.sockets.clear();
  auto launched = launcher::start_launcher(own_program(launcher, argv), std::move(commands));
  if (!launched) return tl::unexpected(launched.error());
  launching.launched_ = std::move(*launched);
  launching.starter_ = std::make_shared<launcher::Starter*>(nullptr);
  return launching;
}

supervision::MilterStarter Launching::starter() const {
  if (!starter_) return {};
  return [starter = starter_](const std::string& milter) {
    return *starter != nullptr && (*starter)->start(milter);
  };
}

void Launching::attach(net::Loop& loop, log::Logger& logger, supervision::MainProcess& main_process) {
  if (!launched_) return;
  auto starter =
      std::make_unique<launcher::Starter>(loop, logger, std::move(*launched_), launcher::Starter::Outcome());
  launched_.reset();
  *starter_ = starter.get();
  main_process.attach(std::move(starter));
}

int launch_milters() { return launcher::Launcher(net::Descriptor(launcher::kChannelDescriptor)).run(); }

}  // namespace milter_manager::daemon
