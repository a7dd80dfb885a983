// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/tools/command_line.h"
#include "core/tools/test_server.h"

namespace milter_manager::tools {

// Reads milter-test-server's command line, without the program's name. `terminal` says whether output goes to a terminal
// that shows colours (for --color=auto).
CommandLine<TestServerOptions> parse_test_server_options(const std::vector<std::string>& arguments,
                                                         bool terminal);

}  // namespace milter_manager::tools
