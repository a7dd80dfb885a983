// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/log/writer.h"

namespace milter_manager::log {

// The datagram socket of a log daemon: one datagram a line, many in one system call. A daemon that is away or
// whose queue is full is waited for; a line that it can't take in principle (EMSGSIZE) is left out.
std::unique_ptr<Destination> make_syslog_destination(const std::string& socket_path = "/dev/log");

}  // namespace milter_manager::log
