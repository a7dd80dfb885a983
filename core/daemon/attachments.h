// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/supervision/main_process.h"
#include "core/supervision/manager.h"

namespace milter_manager::daemon {

// Gives a main process its controller and its metrics' exposer. All must outlive the main process.
void attach_all(supervision::MainProcess& main_process, net::Loop& loop, log::Logger& logger,
                supervision::Manager& manager);

}  // namespace milter_manager::daemon
