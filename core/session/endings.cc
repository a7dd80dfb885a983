// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "core/session/engine.h"

namespace milter_manager::session {

using statistics::State;
using statistics::Status;

// --- Of a message

void Session::Engine::decide(const Verdict& verdict, int by) {
  message_verdict_ = verdict;
  for (int i = 0; i < count(); ++i) {
    Child& child = at(i);
    if (!child.in_message) continue;
    if (i != by) cut(child);
    // Whoever has given the verdict knows that the message is over.
    if (i == by) child.told_mail = false;
    abort_message(i);
  }
  // An MTA may be long in saying ABORT.
  headers_.clear();
  shown_body_ = nullptr;
  body_.reset();
  if (step_.active) end_step(verdict);
}

// Another child's verdict has ended the message before this one has given its own.
void Session::Engine::cut(Child& child) {
  if (child.record.final) return;
  child.record.final = true;
  if (child.record.state == State::start) return;  // it was not asked
  if (child.available() && child.status == Status::pass) child.status = Status::abort;
  child.record.status = Status::abort;
  child.record.cause = statistics::Cause::cut;
}

// `aborted`: the MTA has said so.
void Session::Engine::end_message_unanswered(bool aborted) {
  if (!in_message_) return;
  const bool all_refused = recipients_ > 0 && refused_ == recipients_;
  for (int i = 0; i < count(); ++i) {
    Child& child = at(i);
    if (!child.in_message) continue;
    MessageRecord& record = child.record;
    if (!record.final) {
      const bool refused_all = lost_all_recipients(child);
      if (refused_all) record.state = State::envelope_recipient;
      record.status = refused_all ? record.last_refusal : Status::abort;
      if (record.state == State::start) record.status = Status::pass;  // it was not asked
    }
    if (aborted && child.available() && child.status == Status::pass && child.state < State::end_of_message) {
      child.status = Status::abort;
    }
    abort_message(i);
  }
  if (aborted && status_ == Status::pass) status_ = Status::abort;
  report_message(all_refused ? State::envelope_recipient : state_,
                 all_refused ? last_refusal_ : Status::abort);
}

void Session::Engine::forget_message() {
  if (phase_ >= Phase::envelope) phase_ = Phase::connected;
  macros_.clear_message();
  for (Child& child : children_) {
    child.in_message = false;
    child.edits = {};
    auto& extra = child.extra_macros;
    extra.erase(
        std::remove_if(extra.begin(), extra.end(), [](const auto& macro) { return macro.of_message(); }),
        extra.end());
  }
  message_verdict_.reset();
  continued_ = quarantined_ = false;
  message_bytes_ = recipients_ = refused_ = 0;
  last_refusal_ = Status::pass;
  headers_.clear();
  shown_body_ = nullptr;
  body_.reset();
  body_begun_ = body_kept_ = body_pending_ = read_pending_ = false;
  kept_bytes_ = 0;
  mta_end_of_header_ = mta_end_of_message_ = false;
  data_seen_ = content_begun_ = false;
  current_ = step_child_ = -1;
  feed_ = {};
  skip_told_ = false;
  emitting_ = headers_kept_ = false;
  body_from_ = -1;
  progress_due_.reset();
}

// --- Of a connection

void Session::Engine::decide_connection(const Verdict& verdict, int by) {
  connection_verdict_ = verdict;
  for (int i = 0; i < count(); ++i) {
    Child& child = at(i);
    if (i != by && !child.connection_record) {
      if (child.available() && child.status == Status::pass) child.status = Status::abort;
      child.connection_record = MessageRecord{};
      child.connection_record->state = child.state;
      child.connection_record->status = Status::abort;
      child.connection_record->cause = statistics::Cause::cut;
      child.connection_record->final = true;
    }
    leave_session(i);
  }
  end_step(verdict);
}

void Session::Engine::quit_children() {
  for (int i = 0; i < count(); ++i) {
    Child& child = at(i);
    stop_waiting(i);
    if (child.link == Child::Link::ready) {
      out_.clear();
      protocol::append_packet(out_, 'Q');
      actions_.send_to_child(i, out_);
    }
    if (child.link != Child::Link::idle && child.link != Child::Link::gone) actions_.close_child(i);
    child.link = Child::Link::gone;
  }
}

void Session::Engine::reopen_connection() {
  quit_children();
  end_message_unanswered(false);
  if (!resting_) report_session();
  forget_message();
  macros_.clear();
  phase_ = Phase::negotiated;
  state_ = State::negotiate;
  status_ = Status::pass;
  connection_verdict_.reset();
  connection_continued_ = oddity_logged_ = false;
  // An MTA keeps such a connection for the next client: what it rests belongs to no session.
  session_deadline_.reset();
  unanswered_ = Seconds::zero();
  client_.clear();
  client_network_.clear();
  message_number_ = 0;
  tag_ = tags_.next_tag();
  started_ = clock_.now();
  resting_ = true;
  create_children();
}

void Session::Engine::close(std::string_view reason) {
  if (finished_) return;
  if (!reason.empty())
    log(Severity::error, fmt::format("[session][error] the MTA's connection is closed: {}", reason));
  // A milter that is told QUIT knows that the message is over.
  quit_children();
  end_message_unanswered(false);
  if (!resting_) report_session();
  step_.active = false;
  finished_ = true;
  forget_message();
  actions_.close_mta();
}

void Session::Engine::mta_closed(std::string_view reason) { close(reason); }

void Session::Engine::client_disconnected(Fallback status) {
  if (finished_ || !step_.active) return;
  actions_.report(statistics::SessionDisconnected{Seconds(clock_.now() - started_).count(), tag_});
  const Verdict verdict = verdict_of(status);
  if (step_.kind == CommandKind::unknown) {
    settle_envelope(verdict, -1);
  } else if (in_message_) {
    decide(verdict, -1);
  } else {
    decide_connection(verdict, -1);
  }
  pump();
}

void Session::Engine::shut_down() {
  if (finished_) return;
  stopping_ = true;
  if (!step_.active || !step_.reply_due) return;
  answer_mta({Verdict::Kind::temporary_failure, {}});
  close({});
}

}  // namespace milter_manager::session
