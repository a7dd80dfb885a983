// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/start_up.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/daemon/messages.h"
#include "core/daemon/privileges.h"
#include "core/net/connection_spec.h"
#include "core/net/descriptor_passing.h"

namespace milter_manager::daemon {
namespace {

Result<supervision::ListeningSockets> open_sockets(const config::Configuration& configuration,
                                                   std::vector<net::Descriptor> inherited) {
  if (inherited.size() > net::kMaxPassed) {
    return failure(
        fmt::format("failed to listen: {} sockets were handed over at the start; at most {} can be served",
                    inherited.size(), net::kMaxPassed));
  }
  if (!inherited.empty()) return supervision::ListeningSockets::inherited(std::move(inherited));
  auto opened = supervision::ListeningSockets::open(configuration);
  if (!opened) return failure(fmt::format("failed to listen: {}", opened.error().message));
  return opened;
}

// From root to whom the manager runs as, with the files that it needs as that user.
Result<void> drop_privileges(const Identity& identity, const config::Configuration& configuration,
                             const log::Settings& settings, bool own_sockets) {
  if (settings.use_output && !settings.path.empty() && settings.path != "-") {
    if (auto given = give_file(identity, settings.path); !given) return given;
  }
  const auto spec = net::parse_connection_spec(configuration.manager.connection_spec.value_or(""));
  if (own_sockets && spec && spec->family == net::ConnectionSpec::Family::unix) {
    if (auto given = give_socket(identity, spec->path); !given) return given;
  }
  return become(identity);
}

}  // namespace

Result<supervision::ListeningSockets> start_up(const config::Configuration& configuration,
                                               std::vector<net::Descriptor> inherited, bool in_background,
                                               std::optional<log::Logger>& logger) {
  if (configuration.manager.max_file_descriptors > 0) {
    // Fewer than wanted is no reason not to serve.
    if (auto done = limit_descriptors(configuration.manager.max_file_descriptors); !done)
      tell(done.error().message);
  }
  const auto identity =
      find_identity(configuration.security.effective_user, configuration.security.effective_group);
  if (!identity) return tl::unexpected(identity.error());
  std::vector<std::string> warnings;
  const log::Settings settings = log_settings(configuration, in_background, warnings);
  for (const std::string& warning : warnings) tell("warning: " + warning);

  auto sockets = open_sockets(configuration, std::move(inherited));
  if (!sockets) return sockets;
  if (*identity) {
    auto dropped = drop_privileges(**identity, configuration, settings, !sockets->are_inherited());
    if (!dropped) {
      sockets->close();
      return tl::unexpected(dropped.error());
    }
  }
  // Opened by whom it belongs to in the end: who may write to its folder chooses what its name is.
  logger.emplace(settings);
  if (logger->problem()) tell(logger->problem()->message);
  return sockets;
}

}  // namespace milter_manager::daemon
