// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "core/net/connection_spec.h"
#include "core/tools/report.h"
#include "core/tools/script.h"

namespace milter_manager::tools {

struct Timeouts {
  using Seconds = std::chrono::duration<double>;
  Seconds connection{300};
  Seconds reading{10};  // one answer
  Seconds writing{10};  // until the milter takes what was written
  Seconds end_of_message{300};
};

struct TestServerOptions {
  net::ConnectionSpec spec;
  Script script;
  Timeouts timeouts;
  ReportStyle style;
  unsigned sessions = 1;  // at the same time
  bool verbose = false;   // every command and reply as it comes
};

// Holds the sessions, each over a connection of its own, and prints a report on each, in order, when all are over.
// Gives the exit status.
int run_test_server(const TestServerOptions& options, const std::function<void(std::string_view)>& print);

}  // namespace milter_manager::tools
