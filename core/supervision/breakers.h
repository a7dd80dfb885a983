// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/configuration.h"
#include "core/log/logger.h"
#include "core/proxy/circuit_breaker.h"
#include "core/supervision/snapshot.h"

namespace milter_manager::supervision {

// The circuit breakers of a whole manager (milter.circuit_breaker), in its main process: what share of the mail a milter rejects is
// judged over all workers' mail, so that n workers need no n times as many rejections, and all heed the milter or none does.
//
// Says so in the log, once, when one opens or closes.
class Breakers {
 public:
  explicit Breakers(log::Logger& logger) : logger_(logger) {}

  // See proxy::CircuitBreakers::use(): all are closed then.
  void use(const config::Configuration& configuration);
  // What a milter has answered. True: which are open has changed.
  bool count(std::string_view milter, bool rejected);
  // The milters whose verdicts are not to count now.
  std::set<std::string> open() const { return breakers_.open(); }
  std::vector<BreakerStatus> status() const;

 private:
  struct Terms {
    double factor = 0;
    bool defers = false;
  };
  log::Logger& logger_;
  proxy::CircuitBreakers breakers_;
  std::map<std::string, Terms, std::less<>> terms_;
};

}  // namespace milter_manager::supervision
