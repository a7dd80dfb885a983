// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "core/metrics/exposer.h"
#include "core/net/connection_spec.h"

namespace milter_manager::metrics {

Result<std::string> exposer_address(const std::string& connection_spec) {
  const auto spec = net::parse_connection_spec(connection_spec);
  if (!spec) return tl::unexpected(spec.error());
  if (spec->family != net::ConnectionSpec::Family::inet) {
    return failure(fmt::format("metrics can be served on IPv4 only: <{}>", connection_spec));
  }
  if (spec->host.empty() || spec->host == "localhost") return fmt::format("127.0.0.1:{}", spec->port);
  // A name would have to be looked up, which may take its time.
  if (!spec->host_is_address) {
    return failure(
        fmt::format("metrics.connection_spec needs an address, not a name: <{}>", connection_spec));
  }
  return fmt::format("{}:{}", spec->host, spec->port);
}

}  // namespace milter_manager::metrics
