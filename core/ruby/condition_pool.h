// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/condition/builtin.h"
#include "core/condition/question.h"
#include "core/condition/snapshot.h"
#include "core/net/loop.h"
#include "core/net/timer.h"
#include "core/result.h"
#include "core/ruby/call.h"
#include "core/ruby/exchange.h"
#include "core/ruby/interpreter.h"

namespace milter_manager::ruby {

// User code of the configuration on threads of its own: conditions' stoppers, matchers, hooks. The loop asks and goes
// on; whatever that code does, each question is answered on the loop within its time.
//
//   ConditionPool pool(loop, log);
//   pool.start();                      // on the main thread, which then waits in Interpreter::run_until_stopped()
//   pool.use({4, 5s});                 // from here on the loop's thread
//   pool.ask({generation, {"Weekday"}, snapshot, loop.now() + 5s}, [](const auto& verdict) { … });
//
// Conditions of one session are asked one after the other, in order; those of different sessions, and connection checkers, run on
// as many threads as there are. Where more is asked than these can answer, calls are taken in the order in which they were asked, and not in
// that in which they may be taken: some sessions get all their answers, rather than each of them one.
//
// A call's time runs from the asking on, so what it waits for a thread counts: the MTA waits, too. When it is up the
// loop goes on with what the call has done until then, a line in the log says which block (file and line) it was, and
// the thread is told to stop: by an exception, by another one half a second later, by Thread#kill, and at last it is
// left behind and another one takes its place; so that for each thread three calls that can't be stopped may go on. Past that, or
// where one of them keeps Ruby's lock, no Ruby code runs any more, and nothing within the process can change that: questions
// are then answered at once instead of each waiting for its time, until a thread is free again.
class ConditionPool final : public condition::RubyMatchers {
 public:
  struct Settings {
    std::size_t threads = 4;
    std::chrono::duration<double> timeout{5};  // of matchers
    std::chrono::milliseconds patience{500};   // between one attempt to stop a thread and the next
  };
  struct Question {
    std::uint64_t generation = 0;
    std::vector<std::string> conditions;  // in order; the first whose stoppers say so stops
    std::shared_ptr<const condition::Snapshot> snapshot;
    std::chrono::steady_clock::time_point deadline;
  };
  struct Verdict {
    bool stop = false;
    std::string condition;  // which one stopped
    std::vector<condition::Outcome::Macro> macros;
    bool timed_out = false;
  };

  // `log` is called on the loop's thread.
  ConditionPool(net::Loop& loop, LogSink log);
  // Ends the threads if stop() has not.
  ~ConditionPool() override;
  ConditionPool(const ConditionPool&) = delete;
  ConditionPool& operator=(const ConditionPool&) = delete;

  // On the main thread, once.
  Result<void> start();
  // On the main thread, once: runs the configuration's hooks of manager.event_loop_created.
  void begin(std::uint64_t generation);
  // On the main thread, when the loop does not run any more. Nothing is answered from now on. False when some thread
  // has not ended within `grace`: it can't be stopped, and Interpreter's end would wait for it.
  bool stop(std::chrono::duration<double> grace);

  // All others: on the loop's thread.
  void use(const Settings& settings);
  // `answer` is called once, never from within this call; not after session_ended() with the snapshot's session.
  void ask(Question question, std::function<void(const Verdict&)> answer);
  // Whether the SMTP client is still there, as the connection checkers named in question.conditions see it: one that
  // says no decides, one that fails or takes too long counts as yes.
  void ask_connected(Question question, std::function<void(bool)> answer);
  void matches(std::uint64_t generation, std::uint32_t matcher, std::string subject, Answer answer) override;
  // Forgets what its messages have on the shelf.
  void session_ended(std::uint32_t session);
  // Has the hooks of manager.maintained run, unless they still do.
  void maintain(std::uint64_t generation);

  // Calls that somebody waits for, running or not.
  std::size_t pending() const { return pending_.size(); }
  // Sessions that something is kept for.
  std::size_t sessions() const { return sessions_.size(); }

 private:
  struct Pending {
    std::shared_ptr<Call> call;
    std::function<void(const Verdict&)> answer;  // empty: nobody waits for it any more
    int warnings = 0;                            // how often its thread was told to stop
    Call::Time due;
  };
  struct SessionCalls {
    std::uint64_t running = 0;  // a call's number; 0: none
    std::deque<std::uint64_t> waiting;
    std::vector<std::uint64_t> checks;  // by connection checkers, beside all that
    std::uint64_t message = 0;
    std::shared_ptr<const Shelf> shelf;
  };

  void add(std::shared_ptr<Call> call, Call::Time deadline, std::function<void(const Verdict&)> answer);
  void dispatch(SessionCalls& session, Pending& pending);
  void answered(const std::shared_ptr<Call>& call);
  void expire(Pending& pending);
  std::string_view why_late(const Call& call, bool running) const;
  void deliver(Pending& pending, bool timed_out);
  void step_over(const Call& call);
  void keep(const Call& call);
  void forget_if_idle(std::uint32_t session);
  void push(Pending& pending);
  void drop(std::uint64_t number);
  bool is_held();
  void give_up_waiting();
  void set_due(Pending& pending, Call::Time due);
  void times_up();
  void arm();

  net::Loop& loop_;
  const LogSink log_;
  const std::shared_ptr<ConditionPool*> self_;  // for what the loop has still to do when this is gone
  const std::shared_ptr<Exchange> exchange_;
  unsigned long evaluation_ = 0;  // the Ruby object that has the threads
  bool started_ = false;
  Settings settings_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Pending> pending_;  // by number
  std::unordered_map<std::uint32_t, SessionCalls> sessions_;
  std::multimap<Call::Time, std::uint64_t> due_;
  Call::Time armed_ = Call::Time::max();
  bool held_ = false;  // as the log has it
  net::Timer timer_;
};

}  // namespace milter_manager::ruby
