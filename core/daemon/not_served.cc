// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/not_served.h"

#include <fmt/format.h>

#include "core/control/controller.h"
#include "core/control/peer.h"
#include "core/metrics/exposer.h"

namespace milter_manager::daemon {
namespace {

class NotServed {
 public:
  explicit NotServed(const config::Configuration& configuration) : configuration_(configuration) {}

  std::vector<config::Problem> run() {
    const auto& controller = configuration_.controller;
    if (controller.connection_spec) {
      const auto place = control::controller_place(*controller.connection_spec);
      if (!place) {
        add("controller.connection_spec", place.error().message);
      } else if (!controller.allow_remote && !control::is_local(*place)) {
        add("controller.connection_spec", fmt::format("there is no controller: other hosts can reach <{}>, "
                                                      "which controller.allow_remote = true permits",
                                                      *controller.connection_spec));
      }
    }
    if (configuration_.metrics.connection_spec) {
      const auto address = metrics::exposer_address(*configuration_.metrics.connection_spec);
      if (!address) add("metrics.connection_spec", address.error().message);
      if (!metrics::Exposer::kIsBuilt) {
        add("metrics.connection_spec", "metrics.connection_spec is set, but this build can't serve metrics");
      }
    }
    return std::move(problems_);
  }

 private:
  void add(const std::string& key, std::string message) {
    config::Problem problem{config::Problem::Severity::warning, std::nullopt, std::move(message)};
    const auto found = configuration_.locations.find(key);
    if (found != configuration_.locations.end()) problem.location = found->second;
    problems_.push_back(std::move(problem));
  }

  const config::Configuration& configuration_;
  std::vector<config::Problem> problems_;
};

}  // namespace

std::vector<config::Problem> not_served(const config::Configuration& configuration) {
  return NotServed(configuration).run();
}

}  // namespace milter_manager::daemon
