// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/protocol/esmtp.h"
#include "core/session/engine.h"

namespace milter_manager::session {

namespace command = protocol::command;
using statistics::Cause;
using statistics::State;
using statistics::Status;

void Session::Engine::begin_envelope_step(const protocol::Command& command) {
  if (step_.kind == CommandKind::data) {
    data_seen_ = true;
    drop_children_without_recipients();
  }
  step_.answers.assign(children_.size(), std::nullopt);
  for (Child& child : children_) {
    child.condition_done = child.counted = child.leaving = false;
    child.step_waited = 0;
  }
  const auto* recipient = std::get_if<command::Recipient>(&command);
  if (!recipient) return;
  step_.refused_by_mta = refused_by_mta();
  recipient_domain_ = protocol::domain_of(recipient->recipient);
  if (!step_.refused_by_mta) ++recipients_;
}

// Sendmail, cf/README and libmilter's smfi_envrcpt: a recipient that the MTA refuses itself has this mailer.
bool Session::Engine::refused_by_mta() const {
  return (told_.steps & protocol::step::kRejectedRecipients) != 0 &&
         macros_.find(CommandKind::recipient, "rcpt_mailer") == "error";
}

bool Session::Engine::takes_part(const Child& child) const {
  switch (step_.kind) {
    case CommandKind::connect:
    case CommandKind::helo:
      return !child.left;
    case CommandKind::unknown:
      // MTAs don't ask a milter that is done with the message (Postfix, milter8_unknown_event(); Sendmail, milter_command()).
      return child.available() && (!in_message_ || child.in_message || message_verdict_);
    case CommandKind::recipient:
      if (!step_.refused_by_mta) return child.in_message;
      return child.in_message && child.available() &&
             (wants_refused_recipient(child) ||
              (settings_->rejected_recipients &&
               (child.settings->condition_stages & stage_bit(Stage::recipient)) != 0));
    default:
      return child.in_message;
  }
}

bool Session::Engine::wants_refused_recipient(const Child& child) const {
  // What it wants is not known before it has been contacted.
  return child.link != Child::Link::ready || (child.option.steps & protocol::step::kRejectedRecipients) != 0;
}

void Session::Engine::pump_envelope() {
  if (step_.kind == CommandKind::recipient) {
    pump_recipient();
  } else {
    pump_all_at_once();
  }
}

void Session::Engine::pump_all_at_once() {
  for (int i = 0; i < count(); ++i) {
    if (!step_.answers[static_cast<std::size_t>(i)] && takes_part(at(i))) ask_envelope(i);
  }
  for (int i = 0; i < count(); ++i) {
    const auto& answer = step_.answers[static_cast<std::size_t>(i)];
    if (!answer && takes_part(at(i))) return;
    if (answer && answer->ends()) {
      settle_envelope(Verdict(*answer), i);
      return;
    }
    let_leave(i);
  }
  settle_envelope({}, -1);
}

void Session::Engine::pump_recipient() {
  for (int i = 0; i < count(); ++i) {
    const auto& answer = step_.answers[static_cast<std::size_t>(i)];
    if (!answer && takes_part(at(i))) {
      ask_envelope(i);
      if (!answer) return;
    }
    // Nobody heeds what is said about a recipient that the MTA refuses itself; all who ask for them see it.
    if (answer && answer->ends() && (!step_.refused_by_mta || answer->is(Verdict::Kind::shutdown))) {
      settle_envelope(Verdict(*answer), i);
      return;
    }
    let_leave(i);
  }
  settle_envelope({}, -1);
}

void Session::Engine::ask_envelope(int index) {
  Child& child = at(index);
  if (child.standing) {
    envelope_answered(index, *child.standing);
    return;
  }
  if (child.waiting() || child.blocked) return;
  const bool has_condition = step_.kind != CommandKind::unknown &&
                             (!step_.refused_by_mta || settings_->rejected_recipients) &&
                             (child.settings->condition_stages & stage_bit(step_.stage)) != 0;
  if (has_condition && !child.condition_done) {
    const auto command = protocol::decode_command({step_.packet});
    ask_condition(index, step_.stage, *command);
    return;
  }
  if (child.link == Child::Link::idle) {
    contact(index);
    return;
  }
  if (step_.refused_by_mta && !wants_refused_recipient(child)) {
    envelope_answered(index, {});
    return;
  }
  const bool of_recipient = step_.kind == CommandKind::recipient && !step_.refused_by_mta;
  if (of_recipient && child.first_domain.empty()) child.first_domain = recipient_domain_;
  if (!wants_event(child, step_.kind)) {
    envelope_answered(index, {});
    return;
  }
  child.state = state_;
  child.stage = step_.stage;
  if (of_recipient) {
    ++child.record.recipients;
    child.counted = true;
  }
  if (in_message_ && step_.kind != CommandKind::unknown) child.record.state = state_;
  if (in_message_) child.told_mail = true;
  send_command(index, step_.kind, step_.packet);
  if (needs_reply(child, step_.kind)) {
    ask(index, Child::Asked::reply, child.settings->reading_timeout);
  } else {
    envelope_answered(index, {});
  }
}

void Session::Engine::envelope_answered(int index, const Verdict& verdict) {
  Child& child = at(index);
  const bool fallback = child.standing.has_value();
  const bool applied = enforced(child, step_.stage);
  const bool of_recipient = step_.kind == CommandKind::recipient && !verdict.is(Verdict::Kind::accept) &&
                            !verdict.is(Verdict::Kind::discard) && !verdict.is(Verdict::Kind::shutdown);
  const Verdict effect = effect_of(child, verdict);
  const bool deferred = applied && effect.kind != verdict.kind;
  auto& answer = step_.answers[static_cast<std::size_t>(index)];
  answer = applied || !verdict.ends() ? effect : Verdict{};
  if (fallback && applied && !in_message_ && verdict.is(Verdict::Kind::discard)) {
    // There is no mail yet that could be discarded: it answers so to MAIL.
    answer = Verdict{};
    return;
  }
  if (!verdict.is(Verdict::Kind::continue_) && !applied) {
    (in_message_ ? continued_ : connection_continued_) = true;
  }
  if (of_recipient) {
    note_recipient(child, verdict);
    if (deferred && !step_.refused_by_mta) child.record.cause = Cause::overruled;
    return;
  }
  if (verdict.is(Verdict::Kind::continue_)) return;
  // A verdict on an unknown command is one on nothing else, but a shutdown is.
  if (step_.kind == CommandKind::unknown && (applied || !verdict.is(Verdict::Kind::shutdown))) return;

  // It has said its last word: on the connection, or on this message.
  if (!fallback) child.status = status_of(verdict);
  MessageRecord& record = child.record;
  record.state = state_;
  record.status = status_of(verdict);
  record.cause = fallback ? Cause::fallback : deferred ? Cause::overruled : Cause::answer;
  record.final = true;
  // A discard is of the whole message, also where it answers a recipient.
  if (deferred) step_.deferred_by = index;
  if (!in_message_) {
    child.connection_record = record;
    child.connection_record->waited = 0;
    child.connection_record->final_waited = 0;
    if (!answer->ends()) child.leaving = true;
    return;
  }
  if (answer->ends() && !step_.refused_by_mta) return;  // the message ends; see decide()
  if (verdict.is(Verdict::Kind::shutdown)) {
    child.leaving = true;
    return;
  }
  child.in_message = false;
  child.told_mail = false;
}

// Once no earlier child can overrule it: then an MTA would not have asked it.
void Session::Engine::let_leave(int index) {
  Child& child = at(index);
  if (!child.leaving || child.left) return;
  child.in_message = false;
  child.told_mail = false;
  leave_session(index);
}

void Session::Engine::note_recipient(Child& child, const Verdict& verdict) {
  if (!verdict.ends() || step_.refused_by_mta) return;
  // A child that has failed was not asked, but its fallback is counted like an answer.
  if (child.standing) {
    if (!child.counted) ++child.record.recipients;
    child.record.cause = Cause::fallback;
  }
  child.record.last_refusal = status_of(verdict);
  child.record.state = state_;
  if (child.record.last_refusal == Status::temporary_failure) {
    ++child.record.deferred;
  } else {
    ++child.record.rejected;
  }
}

bool Session::Engine::lost_all_recipients(const Child& child) const {
  const MessageRecord& record = child.record;
  return record.recipients > 0 && record.rejected + record.deferred == record.recipients;
}

void Session::Engine::drop_children_without_recipients() {
  for (int i = 0; i < count(); ++i) {
    Child& child = at(i);
    if (!child.in_message || !child.available() || !lost_all_recipients(child)) continue;
    child.record.state = State::envelope_recipient;
    child.record.status = child.record.last_refusal;
    child.record.final = true;
    child.status = child.record.last_refusal;
    abort_message(i);
  }
}

void Session::Engine::settle_envelope(const Verdict& verdict, int by) {
  for (int i = 0; i < count(); ++i) {
    const auto& answer = step_.answers[static_cast<std::size_t>(i)];
    if (i == by || !answer || (!answer->ends() && (!at(i).leaving || at(i).left))) continue;
    at(i).record.cause = Cause::overruled;
    if (at(i).connection_record) at(i).connection_record->cause = Cause::overruled;
  }
  const bool of_connection = step_.kind == CommandKind::connect || step_.kind == CommandKind::helo;
  if (step_.kind == CommandKind::unknown) {
    for (int i = 0; i < count(); ++i) overtake(i);
    end_step(verdict);
  } else if (of_connection && verdict.ends()) {
    decide_connection(verdict, by);
  } else if (of_connection) {
    const bool anyone =
        std::any_of(children_.begin(), children_.end(), [&](const Child& c) { return takes_part(c); });
    // Without children only a fallback that waits for MAIL comes here.
    if (!anyone && !connection_continued_ && !children_.empty()) {
      connection_verdict_ = Verdict{Verdict::Kind::accept, {}};
    }
    end_step(connection_verdict_.value_or(Verdict{}));
  } else if (step_.kind == CommandKind::recipient && verdict.ends() && by != step_.deferred_by &&
             !verdict.is(Verdict::Kind::discard) && !verdict.is(Verdict::Kind::shutdown)) {
    if (!step_.refused_by_mta) {
      ++refused_;
      last_refusal_ = status_of(verdict);
    }
    if (step_.reply_due) {
      end_step(verdict);
    } else if (!step_.refused_by_mta) {
      // The MTA was told that nobody answers RCPT: the only reply left is one for all of the message.
      Child& child = at(by);
      child.record.status = child.record.last_refusal;
      child.record.final = true;
      if (child.available()) child.status = child.record.status;
      decide(verdict, by);
    } else {
      end_step({});
    }
  } else if (verdict.ends()) {
    decide(verdict, by);
  } else {
    const bool anyone =
        std::any_of(children_.begin(), children_.end(), [](const Child& c) { return c.in_message; });
    if (anyone || continued_) {
      end_step({});
    } else {
      decide({Verdict::Kind::accept, {}}, -1);
    }
  }
}

}  // namespace milter_manager::session
