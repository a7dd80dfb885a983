// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/attachments.h"

#include <memory>

#include "core/control/controller.h"
#include "core/daemon/version.h"
#include "core/metrics/exposer.h"

namespace milter_manager::daemon {

void attach_all(supervision::MainProcess& main_process, net::Loop& loop, log::Logger& logger,
                supervision::Manager& manager) {
  main_process.attach(std::make_unique<control::Controller>(loop, logger, manager, kVersion));
  main_process.attach(std::make_unique<metrics::Exposer>(loop, logger, manager, kVersion));
}

}  // namespace milter_manager::daemon
