// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "core/session/engine.h"

namespace milter_manager::session {

Time Session::Engine::after(Seconds seconds) const {
  return clock_.now() + std::chrono::duration_cast<Time::duration>(seconds);
}

std::optional<Time> Session::Engine::deadline() const {
  if (finished_) return std::nullopt;
  std::optional<Time> first = session_deadline_;
  const auto consider = [&](const std::optional<Time>& time) {
    if (time && (!first || *time < *first)) first = time;
  };
  consider(idle_deadline_);
  if (step_.active) consider(step_.deadline);
  consider(progress_due_);
  for (const Child& child : children_) {
    consider(child.deadline);
    consider(child.write_deadline);
  }
  return first;
}

void Session::Engine::deadline_passed() {
  if (finished_) return;
  const Time now = clock_.now();
  const auto passed = [&](const std::optional<Time>& time) { return time && *time <= now; };
  if (passed(session_deadline_)) {
    session_deadline_.reset();
    log(Severity::warning, "[session][timeout] the session has lasted too long");
    if (step_.active && step_.reply_due) answer_mta({Verdict::Kind::temporary_failure, {}});
    close({});
    return;
  }
  if (passed(idle_deadline_)) {
    close("the MTA has sent nothing for too long");
    return;
  }
  if (passed(progress_due_)) {
    progress_due_ = after(settings_->progress_interval);
    out_.clear();
    protocol::append_packet(out_, 'p');
    if (!mta_blocked_) actions_.send_to_mta(out_);
  }
  for (int i = 0; i < count(); ++i) {
    if (passed(at(i).write_deadline)) {
      fail(i, fmt::format("timeout: it did not read {} in time", statistics::word(at(i).state)), true);
    } else if (passed(at(i).deadline)) {
      time_out(i);
    }
  }
  pump();
  if (step_.active && step_.deadline <= now) step_timed_out();
}

void Session::Engine::time_out(int index) {
  Child& child = at(index);
  child.deadline.reset();
  switch (child.asked) {
    case Child::Asked::condition:
      log_child(Severity::warning, child,
                "[timeout] its conditions did not answer in time: it is not stopped");
      condition_over(index, false, {});
      return;
    case Child::Asked::connection:
      fail(index,
           child.link == Child::Link::connecting ? "timeout: it could not be connected to in time"
                                                 : "timeout: it did not negotiate in time",
           true);
      return;
    case Child::Asked::reply:
    case Child::Asked::nothing:
      break;
  }
  fail(index, fmt::format("timeout: it did not answer {} in time", statistics::word(child.state)), true);
}

// The MTA must have its answer now. Whoever it waits for has failed.
void Session::Engine::step_timed_out() {
  for (int i = 0; i < count(); ++i) {
    if (!at(i).available() || !is_awaited(i)) continue;
    // It is not stopped, so it should have answered by now.
    const bool by_conditions = at(i).asked == Child::Asked::condition;
    actions_.reply_deadline_hit(i);
    fail(i,
         fmt::format("timeout: {}the MTA waits for the answer to {}",
                     by_conditions ? "its conditions have not answered and " : "", statistics::word(state_)),
         true);
  }
  pump();
  if (!step_.active) return;
  // It was no child: a disk, or an MTA that does not read.
  if (emitting_) {
    // Part of the edits may have been sent: nothing but a later try gives a whole mail.
    emitting_ = false;
    decide({Verdict::Kind::temporary_failure, {}}, -1);
  } else {
    fail_message("the MTA has waited too long");
  }
}

// Whether the step can't end before this child has answered. At RCPT and at end of message that includes those whose
// turn has not come.
bool Session::Engine::is_awaited(int index) const {
  const Child& child = at(index);
  if (phase_ < Phase::headers) return takes_part(child) && !step_.answers[static_cast<std::size_t>(index)];
  if (step_.kind == CommandKind::end_of_message) return child.in_message;
  return index == current_ && (child.waiting() || child.blocked);
}

}  // namespace milter_manager::session
