// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/log/writer.h"

namespace milter_manager::log {

// The datagram socket of a log daemon: one datagram a line, many in one system call. A daemon that is away or
// whose queue is full is waited for. A line longer than what the socket carries (EMSGSIZE) is lost: `lost` is told, on the
// writer's thread.
using LineLost = std::function<void(std::string_view line, bool counted)>;
std::unique_ptr<Destination> make_syslog_destination(const std::string& socket_path, LineLost lost);

}  // namespace milter_manager::log
