// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/protocol/command.h"
#include "core/protocol/reply.h"

namespace milter_manager::tools {

// What one side said, for people, without a line end:
//
//   connect: host=<mx.example.net>, address=<inet:50443@[192.168.123.123]>
//   header: <Subject: hello>
//   add-header: <X-Spam: yes>
//
// Safe for a terminal. Bodies are shown whole.
std::string describe(const protocol::Command& command);
std::string describe(const protocol::Reply& reply);

// "  daemon_name=smtpd" for each pair, one a line, under "macros:". "" for none. Names are shown without braces.
std::string describe_macros(std::string_view pairs);

}  // namespace milter_manager::tools
