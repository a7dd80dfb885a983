// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ruby/condition_pool.h"

#include <fmt/format.h>
#include <ruby.h>

#include <algorithm>
#include <utility>

#include "core/ruby/native_evaluation.h"
#include "core/ruby/protect.h"

namespace milter_manager::ruby {
namespace {

constexpr Order::Kind kAttempts[] = {Order::Kind::interrupt, Order::Kind::interrupt, Order::Kind::kill,
                                     Order::Kind::abandon};

constexpr std::string_view kNoThread = "no thread was free in time (manager.n_condition_threads)";

std::string_view consequence_of(const Call& call) {
  return call.kind == Call::Kind::connection_checkers ? "the client counts as connected"
                                                      : "it does not stop the milter";
}

// What the call is about as long as no block of it has begun: "<Weekday>", "<Weekday> and others".
std::string subject_of(const Call& call) {
  if (call.conditions.empty()) return "a matcher";
  return fmt::format("<{}>{}", call.conditions.front(), call.conditions.size() > 1 ? " and others" : "");
}

std::string place_of(Call& call) {
  const std::lock_guard lock(call.mutex);
  return call.place.empty() ? subject_of(call) : call.place;
}

}  // namespace

ConditionPool::ConditionPool(net::Loop& loop, LogSink log)
    : loop_(loop),
      log_(std::move(log)),
      self_(std::make_shared<ConditionPool*>(this)),
      exchange_(std::make_shared<Exchange>(
          loop,
          [weak = std::weak_ptr<ConditionPool*>(self_)](const std::shared_ptr<Call>& call) {
            if (const auto self = weak.lock()) (*self)->answered(call);
          },
          [weak = std::weak_ptr<ConditionPool*>(self_)] {
            if (const auto self = weak.lock()) (*self)->give_up_waiting();
          })),
      timer_(loop, [this] { times_up(); }) {}

ConditionPool::~ConditionPool() { stop(std::chrono::seconds(0)); }

Result<void> ConditionPool::start() {
  auto* const held = new std::shared_ptr<Exchange>(exchange_);
  VALUE object = Qnil;
  std::string error;
  if (!protect([&] { object = wrap_exchange(held); }, error)) {
    delete held;
    return failure(std::move(error));
  }
  rb_gc_register_address(&evaluation_);
  const bool started = protect(
      [&] {
        evaluation_ = rb_funcall(rb_path2class("Milter::Manager::Evaluation"), rb_intern("new"), 1, object);
      },
      error);
  RB_GC_GUARD(object);
  if (!started) {
    rb_gc_unregister_address(&evaluation_);
    return failure("can't start the threads for conditions: " + error);
  }
  started_ = true;
  return {};
}

bool ConditionPool::stop(std::chrono::duration<double> grace) {
  exchange_->close();
  if (!std::exchange(started_, false)) return true;
  VALUE all_ended = Qfalse;
  std::string error;
  const double seconds = grace.count();
  protect([&] { all_ended = rb_funcall(evaluation_, rb_intern("stop"), 1, DBL2NUM(seconds)); }, error);
  rb_gc_unregister_address(&evaluation_);
  return RTEST(all_ended);
}

void ConditionPool::begin(std::uint64_t generation) {
  if (!started_) return;
  std::string error;
  protect([&] { rb_funcall(evaluation_, rb_intern("event_loop_created"), 1, ULL2NUM(generation)); }, error);
  exchange_->leave_if_forked();
}

void ConditionPool::use(const Settings& settings) {
  settings_ = settings;
  exchange_->set_threads(settings.threads);
}

void ConditionPool::ask(Question question, std::function<void(const Verdict&)> answer) {
  auto call = std::make_shared<Call>();
  call->generation = question.generation;
  call->conditions = std::move(question.conditions);
  call->snapshot = std::move(question.snapshot);
  add(std::move(call), question.deadline, std::move(answer));
}

void ConditionPool::ask_connected(Question question, std::function<void(bool)> answer) {
  auto call = std::make_shared<Call>();
  call->kind = Call::Kind::connection_checkers;
  call->generation = question.generation;
  call->conditions = std::move(question.conditions);
  call->snapshot = std::move(question.snapshot);
  add(std::move(call), question.deadline,
      [answer = std::move(answer)](const Verdict& verdict) { answer(!verdict.stop); });
}

void ConditionPool::matches(std::uint64_t generation, std::uint32_t matcher, std::string subject,
                            Answer answer) {
  auto call = std::make_shared<Call>();
  call->kind = Call::Kind::matcher;
  call->generation = generation;
  call->matcher = matcher;
  call->subject = std::move(subject);
  const auto timeout = std::chrono::duration_cast<Call::Time::duration>(settings_.timeout);
  add(std::move(call), loop_.now() + timeout,
      [answer = std::move(answer)](const Verdict& verdict) { answer(verdict.stop); });
}

void ConditionPool::maintain(std::uint64_t generation) {
  exchange_->put({Order::Kind::maintain, generation});
}

void ConditionPool::add(std::shared_ptr<Call> call, Call::Time deadline,
                        std::function<void(const Verdict&)> answer) {
  const std::uint64_t number = call->number = ++last_number_;
  if (is_held()) deadline = std::min(deadline, loop_.now());
  Pending& pending = pending_[number];
  pending.call = std::move(call);
  pending.answer = std::move(answer);
  pending.due = deadline;
  due_.emplace(deadline, number);
  arm();
  if (!pending.call->snapshot) {
    exchange_->put(pending.call);
    return;
  }
  SessionCalls& session = sessions_[pending.call->snapshot->session];
  if (pending.call->kind == Call::Kind::connection_checkers) {
    // They are asked while a condition takes its time, most of all then.
    session.checks.push_back(number);
    exchange_->put(pending.call);
  } else if (session.running == 0) {
    dispatch(session, pending);
  } else {
    session.waiting.push_back(number);
  }
}

void ConditionPool::dispatch(SessionCalls& session, Pending& pending) {
  Call& call = *pending.call;
  session.running = call.number;
  if (session.message != call.snapshot->message) {
    session.message = call.snapshot->message;
    session.shelf.reset();
  }
  call.shelf = session.shelf;
  exchange_->put(pending.call);
}

// On the loop, once the Ruby thread is done with the call, perhaps long after its time.
void ConditionPool::answered(const std::shared_ptr<Call>& call) {
  const auto found = pending_.find(call->number);
  if (found == pending_.end()) return;
  Pending pending = std::move(found->second);
  pending_.erase(found);
  const auto [first, last] = due_.equal_range(pending.due);
  const auto due = std::find_if(first, last, [&](const auto& one) { return one.second == call->number; });
  if (due != last) due_.erase(due);
  if (pending.warnings > 0) return;
  if (call->killed && log_) {
    log_("error", fmt::format("[condition][error] {}: it has ended its thread; {}", call->place,
                              consequence_of(*call)));
  }
  deliver(pending, false);
}

void ConditionPool::times_up() {
  armed_ = Call::Time::max();
  const Call::Time now = loop_.now();
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto found = pending_.find(due_.begin()->second);
    due_.erase(due_.begin());
    if (found == pending_.end()) continue;
    if (found->second.warnings > 0) {
      push(found->second);
    } else {
      expire(found->second);
    }
  }
  arm();
}

void ConditionPool::expire(Pending& pending) {
  const std::shared_ptr<Call> call = pending.call;
  Call::State before{};
  {
    const std::lock_guard lock(call->mutex);
    before = std::exchange(
        call->state, call->state == Call::State::answered ? Call::State::answered : Call::State::expired);
  }
  // In time, though this thread has been too busy to see it.
  if (before == Call::State::answered) return answered(call);
  if (log_ && pending.answer) {
    log_("error", fmt::format("[condition][timeout] {}: {}; {}", place_of(*call),
                              why_late(*call, before == Call::State::running), consequence_of(*call)));
  }
  if (before == Call::State::waiting) {
    exchange_->withdraw(*call);
    Pending ended = std::move(pending);
    pending_.erase(call->number);
    deliver(ended, true);
    return;
  }
  Pending ended;
  ended.call = call;
  ended.answer = std::exchange(pending.answer, nullptr);
  push(pending);
  deliver(ended, true);
}

std::string_view ConditionPool::why_late(const Call& call, bool running) const {
  if (running) return "no answer in time";
  if (held_) return "a condition that can't be stopped keeps Ruby from running";
  if (call.kind == Call::Kind::connection_checkers) return kNoThread;
  const auto session = call.snapshot ? sessions_.find(call.snapshot->session) : sessions_.end();
  if (session != sessions_.end() && session->second.running != call.number)
    return "the conditions that its session had to ask before have taken all the time";
  return kNoThread;
}

// Tells the thread once more to stop.
void ConditionPool::push(Pending& pending) {
  const auto attempt = static_cast<std::size_t>(pending.warnings++);
  exchange_->put({kAttempts[attempt], pending.call->number});
  if (kAttempts[attempt] == Order::Kind::abandon) {
    if (log_)
      log_("error", fmt::format("[condition][abandon] {}: it can't be stopped", place_of(*pending.call)));
    pending_.erase(pending.call->number);
    return give_up_waiting();
  }
  set_due(pending, loop_.now() + settings_.patience);
}

void ConditionPool::set_due(Pending& pending, Call::Time due) {
  pending.due = due;
  due_.emplace(due, pending.call->number);
}

void ConditionPool::deliver(Pending& pending, bool timed_out) {
  Verdict verdict;
  verdict.timed_out = timed_out;
  {
    Call& call = *pending.call;
    const std::lock_guard lock(call.mutex);
    // What a call that is late has answered came to nobody.
    verdict.stop = call.yes && !timed_out;
    verdict.condition = call.condition;
    verdict.macros = call.macros;
  }
  if (pending.call->snapshot) step_over(*pending.call);
  if (pending.answer) pending.answer(verdict);
}

// The session goes on with its next call.
void ConditionPool::step_over(const Call& call) {
  const auto found = sessions_.find(call.snapshot->session);
  if (found == sessions_.end()) return;
  SessionCalls& session = found->second;
  if (call.kind == Call::Kind::connection_checkers) {
    session.checks.erase(std::remove(session.checks.begin(), session.checks.end(), call.number),
                         session.checks.end());
    return forget_if_idle(call.snapshot->session);
  }
  if (session.running != call.number) {
    session.waiting.erase(std::remove(session.waiting.begin(), session.waiting.end(), call.number),
                          session.waiting.end());
    return forget_if_idle(call.snapshot->session);
  }
  session.running = 0;
  keep(call);
  while (!session.waiting.empty() && session.running == 0) {
    const auto next = pending_.find(session.waiting.front());
    session.waiting.pop_front();
    if (next != pending_.end()) dispatch(session, next->second);
  }
  forget_if_idle(call.snapshot->session);
}

// What the call has put on the shelf.
void ConditionPool::keep(const Call& call) {
  if (call.shelf_changes.empty()) return;
  SessionCalls& session = sessions_[call.snapshot->session];
  auto shelf = session.shelf ? std::make_shared<Shelf>(*session.shelf) : std::make_shared<Shelf>();
  for (const auto& [key, value] : call.shelf_changes) {
    if (value) {
      (*shelf)[key] = *value;
    } else {
      shelf->erase(key);
    }
  }
  session.shelf = std::move(shelf);
}

void ConditionPool::forget_if_idle(std::uint32_t session) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  const SessionCalls& calls = found->second;
  if (calls.running == 0 && calls.waiting.empty() && calls.checks.empty() &&
      (!calls.shelf || calls.shelf->empty()))
    sessions_.erase(found);
}

void ConditionPool::session_ended(std::uint32_t session) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  const SessionCalls calls = std::move(found->second);
  sessions_.erase(found);
  // What waits never runs; what runs is stopped when its time is up, for nobody.
  for (const std::uint64_t number : calls.waiting) pending_.erase(number);
  for (const std::uint64_t number : calls.checks) drop(number);
  drop(calls.running);
}

void ConditionPool::drop(std::uint64_t number) {
  const auto running = pending_.find(number);
  if (running == pending_.end()) return;
  running->second.answer = nullptr;
  Call& call = *running->second.call;
  {
    const std::lock_guard lock(call.mutex);
    if (call.state != Call::State::waiting) return;
    call.state = Call::State::expired;
  }
  exchange_->withdraw(call);
  pending_.erase(running);
}

// By then a thread would have been killed.
bool ConditionPool::is_held() {
  const bool held = exchange_->is_held(settings_.patience * 2);
  if (held != held_ && log_) {
    log_(held ? "critical" : "message", held ? "[condition][held] conditions in Ruby stop no milter until "
                                               "those that can't be stopped have ended, or the manager is "
                                               "restarted"
                                             : "[condition][held] conditions in Ruby are asked again");
  }
  return held_ = held;
}

// Nobody will run them, so their sessions need not wait until their time is up: those that no thread has, and those that one has
// taken and can't begin.
void ConditionPool::give_up_waiting() {
  if (!is_held()) return;
  std::vector<std::uint64_t> waiting;
  for (auto& [number, pending] : pending_) {
    const std::lock_guard lock(pending.call->mutex);
    const Call& call = *pending.call;
    if (call.state == Call::State::waiting || (call.state == Call::State::running && call.place.empty()))
      waiting.push_back(number);
  }
  std::sort(waiting.begin(), waiting.end());
  for (const std::uint64_t number : waiting) {
    const auto found = pending_.find(number);
    if (found != pending_.end()) expire(found->second);
  }
}

void ConditionPool::arm() {
  if (due_.empty() || due_.begin()->first == Call::Time::max()) return;
  // One that expires early is set anew then: most calls are answered long before.
  if (due_.begin()->first >= armed_) return;
  armed_ = due_.begin()->first;
  timer_.start_at(armed_);
}

}  // namespace milter_manager::ruby
