// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/tools/command_line.h"
#include "core/tools/test_client.h"

namespace milter_manager::tools {

// Reads milter-test-client's command line, without the program's name. Without a spec `default_spec` is taken (the
// environment's MILTER_DEFAULT_CONNECTION_SPEC), and without that too, inet:10025@[127.0.0.1].
CommandLine<TestClientOptions> parse_test_client_options(const std::vector<std::string>& arguments,
                                                         const char* default_spec);

}  // namespace milter_manager::tools
