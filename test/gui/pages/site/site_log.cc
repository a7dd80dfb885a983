// SPDX-License-Identifier: GPL-3.0-or-later
// Prints the log of a site whose mails are deferred and come back, and which tries a milter.
#include <cstdio>

#include "test/milter_report/advice/site.h"

int main() {
  milter_manager::report::Site site;
  site.days = 3;
  site.enforced = 0.5;
  const std::string log = milter_manager::report::log_of(site);
  return std::fwrite(log.data(), 1, log.size(), stdout) == log.size() && std::fflush(stdout) == 0 ? 0 : 1;
}
