// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/net/connection_spec.h"
#include "core/net/listener.h"
#include "core/result.h"
#include "core/tools/process.h"

namespace milter_manager::tools {

struct TestClientOptions {
  net::ConnectionSpec spec;
  net::ListenOptions listen;
  Identity identity;     // to run as, once it listens
  std::string pid_file;  // "" for none
  bool daemon = false;
  bool report_requests = true;
  bool verbose = false;  // connections, and what goes wrong on one
};

// Listens and lets every mail pass until SIGTERM or SIGINT. Removes its socket and its pid file at the end.
Result<void> run_test_client(const TestClientOptions& options,
                             const std::function<void(std::string_view)>& print);

}  // namespace milter_manager::tools
