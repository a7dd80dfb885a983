// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/condition/builtin.h"
#include "core/config/configuration.h"

namespace milter_manager::daemon {

// One of a milter's applicable conditions.
struct ConditionStep {
  const config::Condition* condition = nullptr;
  condition::Builtin* builtin = nullptr;  // nullptr: it has blocks only

  // What decides at the stage: the manager itself first, then its blocks.
  bool has_builtin(config::Stage stage) const;
  bool has_blocks(config::Stage stage) const;
};

// Which conditions are to be asked for each milter of a configuration.
class ConditionPlan {
 public:
  ConditionPlan(std::shared_ptr<const config::Configuration> configuration,
                const condition::Surroundings& surroundings);

  const std::shared_ptr<const config::Configuration>& configuration() const { return configuration_; }
  // In order of asking. nullptr: there is no such milter.
  const std::vector<ConditionStep>* steps_of(std::string_view milter) const;

 private:
  const std::shared_ptr<const config::Configuration> configuration_;
  std::map<std::string, std::unique_ptr<condition::Builtin>, std::less<>> builtins_;  // by condition
  std::map<std::string, std::vector<ConditionStep>, std::less<>> steps_;              // by milter
};

}  // namespace milter_manager::daemon
