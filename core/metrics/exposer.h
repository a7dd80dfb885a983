// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/net/work.h"
#include "core/supervision/manager.h"

namespace milter_manager::metrics {

// Serves the table's numbers at metrics.connection_spec, for Prometheus to fetch: http://127.0.0.1:9100/metrics in its text
// format. Nothing listens while the setting is nil. A spec without a host means this host only (127.0.0.1); IPv4 only.
//
// The server has threads of its own (prometheus-cpp's). A request makes the loop take a snapshot; its thread waits for it, the
// loop never waits for a request. A client that is slow is dropped after five seconds.
class Exposer final : public supervision::Attachment {
 public:
  // Whether this build has prometheus-cpp; without it use() fails where the setting is set.
#ifdef MILTER_MANAGER_HAVE_PROMETHEUS
  static constexpr bool kIsBuilt = true;
#else
  static constexpr bool kIsBuilt = false;
#endif

  // All must outlive it. On the loop's thread.
  Exposer(net::Loop& loop, log::Logger& logger, supervision::Manager& manager, std::string version);
  ~Exposer() override;

  // Goes over to another place when that has changed; the old one stays when that fails.
  Result<void> use(const config::Configuration& configuration) override;
  // Where it listens; 0: it does not.
  int port() const;

 private:
  struct Server;
  struct Exchange;
  Result<std::shared_ptr<Server>> open(const std::string& address) const;

  net::Loop& loop_;
  log::Logger& logger_;
  const std::shared_ptr<Exchange> exchange_;
  std::string address_;
  std::shared_ptr<Server> server_;
  net::Work closing_;
};

// What prometheus-cpp is told to listen on: "127.0.0.1:9100".
Result<std::string> exposer_address(const std::string& connection_spec);

}  // namespace milter_manager::metrics
