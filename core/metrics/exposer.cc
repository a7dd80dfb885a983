// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/exposer.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "core/metrics/total.h"

#ifdef MILTER_MANAGER_HAVE_PROMETHEUS
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include "core/metrics/families.h"
#endif

namespace milter_manager::metrics {
namespace {

// Longer than the main process waits for a worker that is stuck, shorter than Prometheus waits.
constexpr std::chrono::seconds kSnapshotLimit{3};

}  // namespace

// Between the server's threads, which want numbers, and the loop, which has them.
struct Exposer::Exchange : std::enable_shared_from_this<Exchange> {
  Exchange(net::Loop& its_loop, supervision::Manager& its_manager, std::string its_version)
      : loop(its_loop), manager(its_manager), version(std::move(its_version)) {}

  // On a thread of the server.
  Counts fetch() {
    std::unique_lock guard(lock);
    if (closed) return {};
    const std::uint64_t mine = ++asked;
    loop.post([self = shared_from_this(), mine] { self->take(mine); });
    answered_one.wait_for(guard, kSnapshotLimit, [&] { return closed || answered >= mine; });
    const auto snapshot = last;
    // Adding up takes its time, and the loop needs the lock.
    guard.unlock();
    return total(*snapshot, version);
  }

  // On the loop.
  void take(std::uint64_t mine) {
    {
      const std::lock_guard guard(lock);
      if (closed) return;
    }
    manager.take_snapshot([self = shared_from_this(), mine](const supervision::Snapshot& snapshot) {
      auto kept = std::make_shared<const supervision::Snapshot>(snapshot);
      const std::lock_guard guard(self->lock);
      self->last = std::move(kept);
      self->answered = std::max(self->answered, mine);
      self->answered_one.notify_all();
    });
  }

  // On the loop: from here on neither the loop nor the manager is touched.
  void close() {
    const std::lock_guard guard(lock);
    closed = true;
    answered_one.notify_all();
  }

  net::Loop& loop;
  supervision::Manager& manager;
  const std::string version;
  std::mutex lock;
  std::condition_variable answered_one;
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;
  bool closed = false;
  std::shared_ptr<const supervision::Snapshot> last = std::make_shared<const supervision::Snapshot>();
};

#ifdef MILTER_MANAGER_HAVE_PROMETHEUS

struct Exposer::Server {
  struct Collected : prometheus::Collectable {
    explicit Collected(std::shared_ptr<Exchange> its_exchange) : exchange(std::move(its_exchange)) {}
    std::vector<prometheus::MetricFamily> Collect() const override { return families(exchange->fetch()); }
    const std::shared_ptr<Exchange> exchange;
  };

  Server(const std::string& address, std::shared_ptr<Exchange> exchange)
      : collected(std::make_shared<Collected>(std::move(exchange))),
        exposer(std::vector<std::string>{"listening_ports", address, "num_threads", "2", "request_timeout_ms",
                                         "5000", "enable_keep_alive", "no"}) {
    exposer.RegisterCollectable(collected);
    const auto ports = exposer.GetListeningPorts();
    port = ports.empty() ? 0 : ports.front();
  }

  std::shared_ptr<Collected> collected;
  prometheus::Exposer exposer;
  int port = 0;
};

Result<std::shared_ptr<Exposer::Server>> Exposer::open(const std::string& address) const {
  try {
    return std::make_shared<Server>(address, exchange_);
  } catch (const std::exception& error) {
    return failure(fmt::format("can't serve metrics on {}: {}", address, error.what()));
  }
}

#else

struct Exposer::Server {
  int port = 0;
};

Result<std::shared_ptr<Exposer::Server>> Exposer::open(const std::string&) const {
  return failure("metrics.connection_spec is set, but this build can't serve metrics");
}

#endif

Exposer::Exposer(net::Loop& loop, log::Logger& logger, supervision::Manager& manager, std::string version)
    : loop_(loop),
      logger_(logger),
      exchange_(std::make_shared<Exchange>(loop, manager, std::move(version))) {}

Exposer::~Exposer() {
  // Nobody may wait for the loop any more, when this now waits for them.
  exchange_->close();
}

Result<void> Exposer::use(const config::Configuration& configuration) {
  std::string address;
  if (configuration.metrics.connection_spec) {
    auto found = exposer_address(*configuration.metrics.connection_spec);
    if (!found) return tl::unexpected(found.error());
    address = std::move(*found);
  }
  if (address == address_) return {};
  std::shared_ptr<Server> next;
  if (!address.empty()) {
    auto opened = open(address);
    if (!opened) return tl::unexpected(opened.error());
    next = std::move(*opened);
    logger_.log(log::Level::info, fmt::format("[metrics] served on {}", address));
  }
  address_ = address;
  if (auto old = std::exchange(server_, std::move(next))) {
    // Its threads may be in the middle of a request.
    closing_ = net::Work(
        loop_, [kept = std::move(old)]() mutable { kept.reset(); }, [] {});
  }
  return {};
}

int Exposer::port() const { return server_ ? server_->port : 0; }

}  // namespace milter_manager::metrics
