// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/not_served.h"

#include <fmt/format.h>

namespace milter_manager::daemon {
namespace {

class NotServed {
 public:
  explicit NotServed(const config::Configuration& configuration) : configuration_(configuration) {}

  std::vector<config::Problem> run() {
    if (configuration_.manager.n_workers > 0) {
      add("manager.n_workers", "manager.n_workers is set, but this build serves in one process");
    }
    if (configuration_.controller.connection_spec) {
      add("controller.connection_spec",
          "controller.connection_spec is set, but this build has no controller");
    }
    if (configuration_.metrics.connection_spec) {
      add("metrics.connection_spec", "metrics.connection_spec is set, but this build serves no metrics");
    }
    for (const config::Milter& milter : configuration_.milters) add_milter(milter);
    return std::move(problems_);
  }

 private:
  void add_milter(const config::Milter& milter) {
    if (!milter.enabled) return;
    const std::string key = fmt::format("milter[{}]", milter.name);
    if (milter.circuit_breaker) {
      add(key + ".circuit_breaker", fmt::format("{}: this build has no circuit breaker", milter.name));
    }
    if (configuration_.security.privilege_mode && milter.command) {
      add(key + ".command", fmt::format("{}: this build does not start the milter's command", milter.name));
    }
  }

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
