// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "core/tools/mta_session.h"
#include "core/tools/script.h"

namespace milter_manager::tools {

struct ReportStyle {
  bool message = false;  // the mail too, with what the milter changed
  bool color = false;    // for a terminal
};

// What milter-test-server prints at the end of a session:
//
//   status: reject [554]<5.7.1>(no)
//   elapsed-time: 0.128 seconds
//   Quarantine reason: <virus>
//
// Only the message when the session could not be held to its end.
std::string report(const Script& script, const Outcome& outcome, std::chrono::duration<double> elapsed,
                   const ReportStyle& style);

// "554 5.7.1 no" as " [554]<5.7.1>(no)"; "" for "". Lines are joined by line ends, without their codes.
std::string describe_reply_code(std::string_view code);

// The exit status that tells how the mail ended; 0 when it passed.
int exit_status(const Outcome& outcome);
// The table of those, for --help.
std::string describe_exit_statuses();

}  // namespace milter_manager::tools
