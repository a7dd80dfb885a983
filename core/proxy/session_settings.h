// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/configuration.h"
#include "core/net/connection_spec.h"
#include "core/session/settings.h"

namespace milter_manager::proxy {

// What sessions and their connections need of a configuration.
struct SessionSettings {
  std::shared_ptr<const session::Settings> settings;
  // Where the milters listen, by index of settings->children.
  std::vector<net::ConnectionSpec> specs;
  // For the log: milters left out, deadlines raised.
  std::vector<std::string> notes;
};

session::Fallback fallback_of(config::FallbackStatus status);

// Of the enabled milters, in definition order; those without a connection spec are left out.
// The deadline for answers to the MTA is raised where a milter is allowed to take longer.
SessionSettings make_session_settings(const config::Configuration& configuration);

}  // namespace milter_manager::proxy
