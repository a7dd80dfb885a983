// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/configuration.h"

#include <algorithm>

namespace milter_manager::config {
namespace {

template <typename Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const Milter* find_milter(const Configuration& configuration, std::string_view name) {
  return find_named(configuration.milters, name);
}

const Condition* find_condition(const Configuration& configuration, std::string_view name) {
  return find_named(configuration.conditions, name);
}

std::string_view fallback_status_name(FallbackStatus status) {
  switch (status) {
    case FallbackStatus::accept:
      return "accept";
    case FallbackStatus::reject:
      return "reject";
    case FallbackStatus::temporary_failure:
      return "temporary-failure";
    case FallbackStatus::discard:
      return "discard";
  }
  return "accept";
}

}  // namespace milter_manager::config
