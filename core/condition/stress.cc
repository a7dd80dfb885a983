// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/stress.h"

#include <memory>
#include <utility>

namespace milter_manager::condition {

Stress::Stress(Reaction reaction, const config::BuiltinConditions::Stress& settings,
               const Surroundings& surroundings, MtaSurroundings mta)
    : reaction_(reaction),
      threshold_(settings.threshold_n_connections),
      surroundings_(surroundings),
      mta_(std::move(mta)) {}

void Stress::find() {
  const auto result = std::make_shared<StressThreshold>();
  finding_ = net::Work(
      surroundings_.loop, [result, mta = mta_] { *result = find_stress_threshold(mta); },
      [this, result] { found(*result); });
}

std::optional<Outcome> Stress::ask(const Question& question, Later later) {
  const std::size_t n_sessions = question.session->n_sessions();
  if (threshold_) return outcome(n_sessions);
  if (waiting_.empty()) find();
  waiting_.push_back({n_sessions, std::move(later)});
  return std::nullopt;
}

Outcome Stress::outcome(std::size_t n_sessions) const {
  Outcome outcome;
  const bool stressing = *threshold_ != 0 && n_sessions >= *threshold_;
  outcome.stop = stressing && reaction_ == Reaction::stop;
  if (stressing && reaction_ == Reaction::notify) outcome.macros.push_back({"stress", "yes"});
  return outcome;
}

void Stress::found(const StressThreshold& threshold) {
  threshold_ = threshold.n_connections;
  if (surroundings_.log) surroundings_.log(threshold.is_warning ? "warning" : "info", threshold.log_text);
  // Those who are answered may end this object.
  const auto waiting = std::exchange(waiting_, {});
  std::vector<Outcome> outcomes;
  for (const Waiting& one : waiting) outcomes.push_back(outcome(one.n_sessions));
  const std::weak_ptr<bool> alive = alive_;
  for (std::size_t i = 0; i < waiting.size() && !alive.expired(); ++i) waiting[i].later(outcomes[i]);
}

}  // namespace milter_manager::condition
