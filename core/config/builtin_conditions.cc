// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/builtin_conditions.h"

#include <algorithm>
#include <array>

#include "core/config/configuration.h"

namespace milter_manager::config {
namespace {

struct Builtin {
  std::string_view name;
  StageSet stages;
};

constexpr StageSet kConnect = stage_bit(Stage::connect);
constexpr StageSet kMail = stage_bit(Stage::mail);

constexpr std::array kBuiltins = {
    Builtin{"s25r", kConnect},
    Builtin{"remote_network", kConnect},
    Builtin{"authenticated", kMail},
    Builtin{"unauthenticated", kMail},
    Builtin{"sendmail_compatible", kConnect | kMail},
    Builtin{"stress_notify", kConnect},
    Builtin{"no_stress", kConnect},
    Builtin{"trust", kMail},
    Builtin{"restrict_accounts_by_list", stage_bit(Stage::recipient) | stage_bit(Stage::data)},
    Builtin{"dnsbl_listed", kConnect},
    Builtin{"dnsbl_not_listed", kConnect},
};

}  // namespace

const std::vector<std::string>& builtin_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Builtin& builtin : kBuiltins) all.emplace_back(builtin.name);
    return all;
  }();
  return names;
}

std::optional<std::uint32_t> builtin_stages(std::string_view builtin) {
  const auto found = std::find_if(kBuiltins.begin(), kBuiltins.end(),
                                  [&](const Builtin& one) { return one.name == builtin; });
  if (found == kBuiltins.end()) return std::nullopt;
  return found->stages;
}

}  // namespace milter_manager::config
