// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/config/configuration.h"

namespace milter_manager::config {

// The configuration as a configuration file would say it: each setting under a comment that tells where it was
// set. Evaluating the text with secrets gives the same settings; blocks (stoppers, checkers, hooks) are not in it.
//
//   # /etc/milter-manager/milter-manager.local.conf:3
//   manager.n_workers = 4
//   # default
//   manager.packet_buffer_size = 0
//
// Without `with_secrets` database.password, and options of database.extra_options that are named after a secret, show as "********"
// where one is set. Ends with a newline.
std::string dump(const Configuration& configuration, bool with_secrets = false);

}  // namespace milter_manager::config
