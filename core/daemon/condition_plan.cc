// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/condition_plan.h"

#include <utility>

#include "core/config/builtin_conditions.h"

namespace milter_manager::daemon {

bool ConditionStep::has_builtin(config::Stage stage) const {
  if (!builtin) return false;
  const auto stages = config::builtin_stages(*condition->builtin);
  return stages && (*stages & config::stage_bit(stage)) != 0;
}

bool ConditionStep::has_blocks(config::Stage stage) const {
  return (condition->stopper_stages & config::stage_bit(stage)) != 0;
}

ConditionPlan::ConditionPlan(std::shared_ptr<const config::Configuration> configuration,
                             const condition::Surroundings& surroundings)
    : configuration_(std::move(configuration)) {
  for (const config::Milter& milter : configuration_->milters) {
    auto& steps = steps_[milter.name];
    for (const std::string& name : milter.applicable_conditions) {
      const config::Condition* condition = config::find_condition(*configuration_, name);
      if (!condition || condition->stages == 0) continue;
      auto known = builtins_.find(name);
      if (known == builtins_.end() && condition->builtin) {
        known =
            builtins_.emplace(name, condition::make_builtin(*condition, *configuration_, surroundings)).first;
      }
      steps.push_back({condition, known == builtins_.end() ? nullptr : known->second.get()});
    }
  }
}

const std::vector<ConditionStep>* ConditionPlan::steps_of(std::string_view milter) const {
  const auto found = steps_.find(milter);
  return found == steps_.end() ? nullptr : &found->second;
}

}  // namespace milter_manager::daemon
