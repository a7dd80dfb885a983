// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/builtin.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "core/condition/authentication.h"
#include "core/condition/dnsbl.h"
#include "core/condition/remote_network.h"
#include "core/condition/restrict_accounts.h"
#include "core/condition/s25r.h"
#include "core/condition/sendmail_compatible.h"
#include "core/condition/stress.h"
#include "core/condition/trust.h"

namespace milter_manager::condition {
namespace {

struct Wanted {
  const config::Condition& condition;
  const config::Configuration& configuration;
  const Surroundings& surroundings;

  const config::BuiltinConditions& settings() const { return configuration.builtin_conditions; }
};

using Maker = std::unique_ptr<Builtin> (*)(const Wanted&);

std::unique_ptr<Builtin> make_s25r(const Wanted& wanted) {
  return std::make_unique<S25r>(wanted.settings().s25r, wanted.configuration.generation,
                                wanted.surroundings.ruby);
}
std::unique_ptr<Builtin> make_remote_network(const Wanted& wanted) {
  return std::make_unique<RemoteNetwork>(wanted.settings().remote_network);
}
template <Authentication::Wanted kWanted>
std::unique_ptr<Builtin> make_authentication(const Wanted&) {
  return std::make_unique<Authentication>(kWanted);
}
std::unique_ptr<Builtin> make_sendmail_compatible(const Wanted& wanted) {
  return std::make_unique<SendmailCompatible>(wanted.surroundings);
}
template <Stress::Reaction kReaction>
std::unique_ptr<Builtin> make_stress(const Wanted& wanted) {
  return std::make_unique<Stress>(kReaction, wanted.settings().stress, wanted.surroundings);
}
std::unique_ptr<Builtin> make_trust(const Wanted& wanted) {
  return std::make_unique<Trust>(wanted.settings().trust, wanted.configuration.generation,
                                 wanted.surroundings.ruby);
}
std::unique_ptr<Builtin> make_restrict_accounts(const Wanted& wanted) {
  return std::make_unique<RestrictAccounts>(wanted.condition.accounts, wanted.configuration.generation,
                                            wanted.surroundings.ruby);
}
template <Dnsbl::Wanted kWanted>
std::unique_ptr<Builtin> make_dnsbl(const Wanted& wanted) {
  // Before the time of the milter's conditions is up, or else what no service has answered would not be "not listed" but
  // no answer at all.
  constexpr double kShare = 0.96;
  const auto limit = std::min(config::Seconds(5), wanted.configuration.manager.condition_timeout) * kShare;
  return std::make_unique<Dnsbl>(kWanted, wanted.settings().dnsbl, wanted.surroundings,
                                 std::chrono::duration_cast<std::chrono::milliseconds>(limit));
}

constexpr std::array<std::pair<std::string_view, Maker>, 11> kMakers = {{
    {"s25r", make_s25r},
    {"remote_network", make_remote_network},
    {"authenticated", make_authentication<Authentication::Wanted::authenticated>},
    {"unauthenticated", make_authentication<Authentication::Wanted::unauthenticated>},
    {"sendmail_compatible", make_sendmail_compatible},
    {"stress_notify", make_stress<Stress::Reaction::notify>},
    {"no_stress", make_stress<Stress::Reaction::stop>},
    {"trust", make_trust},
    {"restrict_accounts_by_list", make_restrict_accounts},
    {"dnsbl_listed", make_dnsbl<Dnsbl::Wanted::listed>},
    {"dnsbl_not_listed", make_dnsbl<Dnsbl::Wanted::not_listed>},
}};

}  // namespace

std::unique_ptr<Builtin> make_builtin(const config::Condition& condition,
                                      const config::Configuration& configuration,
                                      const Surroundings& surroundings) {
  if (!condition.builtin) return nullptr;
  for (const auto& [name, make] : kMakers) {
    if (name == *condition.builtin) return make({condition, configuration, surroundings});
  }
  return nullptr;
}

}  // namespace milter_manager::condition
