// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/breakers.h"

#include <fmt/format.h>

namespace milter_manager::supervision {

void Breakers::use(const config::Configuration& configuration) {
  breakers_.use(configuration);
  terms_.clear();
  for (const config::Milter& milter : configuration.milters) {
    if (!milter.circuit_breaker) continue;
    terms_[milter.name] = {*milter.circuit_breaker, milter.circuit_breaker_defers};
  }
}

bool Breakers::count(std::string_view milter, bool rejected) {
  const auto change = breakers_.count(milter, rejected);
  if (!change) return false;
  if (!change->opened) {
    logger_.log(log::Level::message,
                fmt::format("[milter][breaker][closed] its verdicts count again: {}", change->milter));
    return true;
  }
  const Terms& terms = terms_.find(change->milter)->second;
  const auto effect =
      terms.defers ? "what it rejects is answered with a temporary failure" : "its verdicts do not count";
  logger_.log(log::Level::error,
              fmt::format("[milter][breaker][open] more than {} times its usual {:.1f} % of the mail would "
                          "be rejected: {} until that is over or the configuration is reloaded: {}",
                          terms.factor, 100 * change->usual_share, effect, change->milter));
  return true;
}

std::vector<BreakerStatus> Breakers::status() const {
  std::vector<BreakerStatus> all;
  for (const auto& [name, breaker] : breakers_.all())
    all.push_back({name, breaker.is_open(), breaker.trips()});
  return all;
}

}  // namespace milter_manager::supervision
