// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/condition/builtin.h"
#include "core/config/configuration.h"
#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/proxy/condition_evaluator.h"
#include "core/ruby/condition_pool.h"

namespace milter_manager::daemon {

class ConditionPlan;

// Decides for the proxy whether a milter is left out: what the manager decides by itself on the loop, the
// configuration's blocks through the pool. In the order in which the milter names its conditions; the first that
// stops ends it. What all until then have set as macros is answered, too.
//
// On the loop's thread.
class Conditions final : public proxy::ConditionEvaluator, net::BurstTask {
 public:
  // All must outlive it.
  Conditions(net::Loop& loop, log::Logger& logger, ruby::ConditionPool& pool);
  ~Conditions() override;

  // For conditions on the number of sessions: how many there are now.
  void count_sessions_by(std::function<std::size_t()> n_sessions) { n_sessions_ = std::move(n_sessions); }
  // A configuration that ask() may come with from now on. Kept until no one else has it.
  void use(std::shared_ptr<const config::Configuration> configuration);

  void ask(const config::Configuration& configuration, const session::Session& session,
           const session::ConditionRequest& request, std::string_view mta, Answer answer) override;
  void session_ended(std::uint32_t tag) override;

 private:
  struct Asking;
  enum class Next : std::uint8_t { finished, waits, blocks };

  std::shared_ptr<const ConditionPlan> plan_of(const config::Configuration& configuration) const;
  Next proceed(const std::shared_ptr<Asking>& asking, const condition::SessionView& view,
               const protocol::Command& command);
  void resume(const std::shared_ptr<Asking>& asking);
  void ask_blocks(const std::shared_ptr<Asking>& asking);
  void tell_later(const std::shared_ptr<Asking>& asking);
  static void tell(Asking& asking);
  void drop_unused();
  void burst_ended() override;

  net::Loop& loop_;
  ruby::ConditionPool& pool_;
  std::function<std::size_t()> n_sessions_ = [] { return std::size_t{0}; };
  const condition::Surroundings surroundings_;
  std::list<std::shared_ptr<const ConditionPlan>> plans_;  // the newest last
  std::unordered_set<std::shared_ptr<Asking>> waiting_;  // for a built-in condition, which does not own them
  std::vector<std::shared_ptr<Asking>> finished_;        // in this burst
};

}  // namespace milter_manager::daemon
