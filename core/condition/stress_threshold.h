// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace milter_manager::condition {

// From how many connections on the MTA of this host is under stress.
struct StressThreshold {
  std::uint32_t n_connections = 0;  // 0: never
  std::string log_text;             // what was found, or why nothing was
  bool is_warning = false;
};

// Where to look; other than by default for tests.
struct MtaSurroundings {
  std::string root;  // before /proc, /etc/mail, and config_directory
  std::vector<std::string> program_path = {"/usr/sbin",     "/usr/local/sbin", "/usr/pkg/sbin",
                                           "/opt/pkg/sbin", "/usr/bin",        "/usr/local/bin"};
  std::chrono::milliseconds postconf_timeout{5000};
};

// Three quarters of the SMTP servers that the running MTA allows itself:
//
// * Postfix (a process that is a Postfix master): the process limit of the smtp service in master.cf (of smtpd
//   where postscreen has the port), else default_process_limit, as postconf tells them;
// * Sendmail: MaxDaemonChildren of sendmail.cf.
//
// Reads files and runs postconf: not on the loop's thread.
StressThreshold find_stress_threshold(const MtaSurroundings& surroundings);

}  // namespace milter_manager::condition
