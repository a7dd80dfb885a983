// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/conditions.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "core/daemon/condition_plan.h"
#include "core/daemon/condition_views.h"
#include "core/daemon/messages.h"

namespace milter_manager::daemon {
namespace {

// The session has a limit of its own. Ours comes first, even where the loop is busy: here it is known which condition
// takes so long.
constexpr std::chrono::milliseconds kHeadStart{20};

}  // namespace

// One question of the proxy until it is answered.
struct Conditions::Asking {
  std::shared_ptr<const ConditionPlan> plan;
  const std::vector<ConditionStep>* steps = nullptr;
  std::size_t next = 0;
  bool builtin_done = false;  // of the next step
  std::string milter;
  config::Stage stage = config::Stage::connect;
  bool refused_recipient = false;
  std::chrono::steady_clock::time_point deadline;
  Answer answer;

  bool stop = false;
  std::string condition;
  ConditionMacros macros;
  std::optional<KeptSession> kept;  // once it has to wait

  bool skips(const ConditionStep& step) const {
    return refused_recipient && !step.condition->refused_recipients;
  }
  void take(const ConditionStep& step, condition::Outcome outcome) {
    builtin_done = true;
    std::move(outcome.macros.begin(), outcome.macros.end(), std::back_inserter(macros));
    if (!outcome.stop) return;
    stop = true;
    condition = step.condition->name;
  }
};

Conditions::Conditions(net::Loop& loop, log::Logger& logger, ruby::ConditionPool& pool)
    : loop_(loop),
      pool_(pool),
      surroundings_{loop, pool, [&logger](std::string_view level, std::string_view text) {
                      log_named(logger, level, text);
                    }} {}

Conditions::~Conditions() = default;

void Conditions::use(std::shared_ptr<const config::Configuration> configuration) {
  const auto& manager = configuration->manager;
  pool_.use({manager.n_condition_threads, manager.condition_timeout});
  plans_.push_back(std::make_shared<ConditionPlan>(std::move(configuration), surroundings_));
  drop_unused();
}

void Conditions::ask(const config::Configuration& configuration, const session::Session& session,
                     const session::ConditionRequest& request, std::string_view mta, Answer answer) {
  const auto asking = std::make_shared<Asking>();
  asking->answer = std::move(answer);
  asking->plan = plan_of(configuration);
  if (asking->plan) asking->steps = asking->plan->steps_of(session.child(request.child).name);
  if (!asking->steps) return tell_later(asking);
  asking->milter = session.child(request.child).name;
  asking->stage = static_cast<config::Stage>(request.stage);
  asking->refused_recipient = request.refused_recipient;
  asking->deadline = loop_.now() - kHeadStart +
                     std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                         configuration.manager.condition_timeout);

  const std::size_t n_sessions = n_sessions_();
  const LiveView view(session, request, asking->macros, mta, n_sessions);
  const Next next = proceed(asking, view, *request.command);
  if (next == Next::finished) return tell_later(asking);
  asking->kept = keep(session, request, mta, n_sessions);
  if (next == Next::blocks) ask_blocks(asking);
}

std::shared_ptr<const ConditionPlan> Conditions::plan_of(const config::Configuration& configuration) const {
  for (auto plan = plans_.rbegin(); plan != plans_.rend(); ++plan) {
    if ((*plan)->configuration().get() == &configuration) return *plan;
  }
  return nullptr;
}

// As far as it goes without waiting.
Conditions::Next Conditions::proceed(const std::shared_ptr<Asking>& asking,
                                     const condition::SessionView& view, const protocol::Command& command) {
  for (; asking->next < asking->steps->size(); ++asking->next, asking->builtin_done = false) {
    const ConditionStep& step = (*asking->steps)[asking->next];
    if (asking->skips(step)) continue;
    if (!asking->builtin_done && step.has_builtin(asking->stage)) {
      const condition::Question question{asking->stage, asking->milter, &command, asking->refused_recipient,
                                         &view};
      auto outcome = step.builtin->ask(
          question, [this, weak = std::weak_ptr<Asking>(asking), &step](condition::Outcome later) {
            const auto waiting = waiting_.extract(weak.lock());
            waiting.value()->take(step, std::move(later));
            resume(waiting.value());
          });
      if (!outcome) {
        waiting_.insert(asking);
        return Next::waits;
      }
      asking->take(step, std::move(*outcome));
    }
    if (asking->stop) return Next::finished;
    if (step.has_blocks(asking->stage)) return Next::blocks;
  }
  return Next::finished;
}

void Conditions::resume(const std::shared_ptr<Asking>& asking) {
  // The time of all conditions together is up: the session has gone on, and nothing of what follows would count.
  if (asking->stop || loop_.now() >= asking->deadline) return tell(*asking);
  const KeptView view(*asking->kept, asking->macros);
  const Next next = proceed(asking, view, view.command());
  if (next == Next::finished) tell(*asking);
  if (next == Next::blocks) ask_blocks(asking);
}

// Of the next condition, and of those behind it up to one that the manager has a part in.
void Conditions::ask_blocks(const std::shared_ptr<Asking>& asking) {
  ruby::ConditionPool::Question question;
  question.generation = asking->plan->configuration()->generation;
  question.deadline = asking->deadline;
  do {
    const ConditionStep& step = (*asking->steps)[asking->next++];
    if (!asking->skips(step) && step.has_blocks(asking->stage)) {
      question.conditions.push_back(step.condition->name);
    }
  } while (asking->next < asking->steps->size() &&
           !(*asking->steps)[asking->next].has_builtin(asking->stage));
  asking->builtin_done = false;

  question.snapshot = asking->kept->snapshot;
  if (!asking->macros.empty()) {
    auto snapshot = std::make_shared<condition::Snapshot>(*question.snapshot);
    for (const auto& macro : asking->macros) {
      snapshot->macros.emplace(snapshot->macros.begin(), macro.name, macro.value);
    }
    question.snapshot = std::move(snapshot);
  }
  pool_.ask(std::move(question), [this, asking](const ruby::ConditionPool::Verdict& verdict) {
    asking->macros.insert(asking->macros.end(), verdict.macros.begin(), verdict.macros.end());
    asking->stop = verdict.stop;
    asking->condition = verdict.condition;
    if (verdict.timed_out) return tell(*asking);
    resume(asking);
  });
}

// The answer is never given from within ask().
void Conditions::tell_later(const std::shared_ptr<Asking>& asking) {
  finished_.push_back(asking);
  loop_.at_burst_end(*this);
}

void Conditions::tell(Asking& asking) {
  session::ConditionAnswer answer;
  answer.stop = asking.stop;
  answer.condition = std::move(asking.condition);
  for (auto& macro : asking.macros) {
    answer.macros.push_back({std::move(macro.name), std::move(macro.value)});
  }
  const Answer whom = std::move(asking.answer);
  whom(answer);
}

void Conditions::burst_ended() {
  std::vector<std::shared_ptr<Asking>> finished;
  finished.swap(finished_);
  for (const auto& asking : finished) tell(*asking);
  drop_unused();
}

void Conditions::session_ended(std::uint32_t tag) {
  pool_.session_ended(tag);
  if (plans_.size() > 1) loop_.at_burst_end(*this);
}

// Configurations before the newest one that only we still have.
void Conditions::drop_unused() {
  if (plans_.size() < 2) return;
  const auto newest = std::prev(plans_.end());
  for (auto plan = plans_.begin(); plan != newest;) {
    const bool unused = plan->use_count() == 1 && (*plan)->configuration().use_count() == 1;
    plan = unused ? plans_.erase(plan) : std::next(plan);
  }
}

}  // namespace milter_manager::daemon
