// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "core/session/engine.h"
#include "core/session/evaluation.h"
#include "core/session/negotiation.h"

namespace milter_manager::session {

namespace reply = protocol::reply;
using statistics::Cause;
using statistics::State;
using statistics::Status;

namespace {

// The command that a stage's macros are sent for.
protocol::CommandKind command_of(Stage stage) {
  constexpr protocol::CommandKind kKinds[] = {
      protocol::CommandKind::connect,       protocol::CommandKind::helo,
      protocol::CommandKind::mail,          protocol::CommandKind::recipient,
      protocol::CommandKind::data,          protocol::CommandKind::header,
      protocol::CommandKind::end_of_header, protocol::CommandKind::body,
      protocol::CommandKind::end_of_message};
  return kKinds[static_cast<int>(stage)];
}

State state_of(Stage stage) {
  constexpr State kStates[] = {
      State::connect, State::helo,          State::envelope_from, State::envelope_recipient, State::data,
      State::header,  State::end_of_header, State::body,          State::end_of_message};
  return kStates[static_cast<int>(stage)];
}

bool is_answer(protocol::ReplyKind kind) {
  return std::string_view("carty4ds").find(static_cast<char>(kind)) != std::string_view::npos;
}

}  // namespace

// --- Connecting

void Session::Engine::contact(int index) {
  Child& child = at(index);
  child.link = Child::Link::connecting;
  ask(index, Child::Asked::connection, child.settings->connection_timeout);
  actions_.open_child(index);
}

void Session::Engine::child_connected(int index) {
  if (finished_ || at(index).link != Child::Link::connecting) return;
  Child& child = at(index);
  stop_waiting(index);
  child.link = Child::Link::negotiating;
  child.state = State::negotiate;
  out_.clear();
  protocol::encode(protocol::command::Negotiate{offer_}, out_);
  actions_.send_to_child(index, out_);
  ask(index, Child::Asked::connection, child.settings->reading_timeout);
}

void Session::Engine::negotiated(int index, const reply::Negotiate& answer) {
  Child& child = at(index);
  const auto agreed = agree(offer_, told_, answer.option);
  // Remembered even where this session can't use it: the next MTA is told what the child really wants. But an old
  // MTA's offer leaves it no choice about what came later, unless the child is older still.
  if (offer_.version >= protocol::kMaxVersion || answer.option.version < offer_.version) {
    known_.remember(index, {answer.option, std::string(answer.symbols.bytes())});
  }
  if (!agreed) {
    fail(index, agreed.error().message, false);
    return;
  }
  stop_waiting(index);
  child.link = Child::Link::ready;
  child.option = *agreed;
  child.symbols = answer.symbols.bytes();
  child.has_symbols = !answer.symbols.empty();
}

// --- Asking

bool Session::Engine::wants_event(const Child& child, CommandKind kind) const {
  return knows_command(child.option, kind) && (child.option.steps & bits_of(kind).no_event) == 0;
}

bool Session::Engine::needs_reply(const Child& child, CommandKind kind) const {
  return (child.option.steps & bits_of(kind).no_reply) == 0;
}

void Session::Engine::send_command(int index, CommandKind kind, std::string_view packet) {
  send_macros(index, kind);
  actions_.send_to_child(index, packet);
}

void Session::Engine::ask(int index, Child::Asked asked, Seconds limit) {
  Child& child = at(index);
  child.asked = asked;
  child.deadline = after(limit);
  if (asked == Child::Asked::condition) return;
  child.waiting_since = clock_.now();
  if (asked == Child::Asked::reply) actions_.child_busy(index, true);
}

void Session::Engine::stop_waiting(int index) {
  Child& child = at(index);
  if (child.waiting_since) {
    const double waited = Seconds(clock_.now() - *child.waiting_since).count();
    child.waited += waited;
    child.step_waited += waited;
    child.record.waited += waited;
    child.waiting_since.reset();
  }
  if (child.asked == Child::Asked::reply) actions_.child_busy(index, false);
  child.asked = Child::Asked::nothing;
  child.deadline.reset();
}

void Session::Engine::child_blocked(int index) {
  Child& child = at(index);
  if (child.link == Child::Link::gone || child.blocked) return;
  child.blocked = true;
  ready_since_.reset();
  const bool last = step_.active && step_.kind == CommandKind::end_of_message;
  const Seconds limit = child.settings->writing_timeout;
  child.write_deadline = after(last ? limit : std::min(limit, left_of(settings_->reply_deadline)));
  note_hold_up();
}

void Session::Engine::child_drained(int index) {
  Child& child = at(index);
  if (!child.blocked) return;
  child.blocked = false;
  child.write_deadline.reset();
  // It could not answer what it had not read.
  if (child.asked == Child::Asked::reply) {
    const bool last = child.stage == Stage::end_of_message;
    child.deadline = after(last ? child.settings->end_of_message_timeout : child.settings->reading_timeout);
  } else if (child.asked == Child::Asked::connection) {
    child.deadline = after(child.settings->reading_timeout);
  }
  pump();
}

// --- Answers

bool Session::Engine::wants_child_packet(int index) const { return !finished_ && !at(index).edits.pending; }

void Session::Engine::child_received(int index, protocol::Packet packet) {
  Child& child = at(index);
  if (finished_ || child.link == Child::Link::gone || child.link == Child::Link::idle) return;
  const auto answer = protocol::decode_reply(packet);
  if (!answer) {
    fail(index, answer.error().message, false);
  } else if (child.link == Child::Link::negotiating) {
    const auto* option = std::get_if<reply::Negotiate>(&*answer);
    if (option) {
      negotiated(index, *option);
    } else {
      fail(index,
           fmt::format("it answered the negotiation with {}",
                       name_of(static_cast<protocol::ReplyKind>(packet.kind()))),
           false);
    }
  } else {
    replied(index, *answer, packet);
  }
  pump();
}

void Session::Engine::replied(int index, const protocol::Reply& answer, protocol::Packet packet) {
  using Kind = Verdict::Kind;
  Child& child = at(index);
  const auto kind = static_cast<protocol::ReplyKind>(packet.kind());
  const bool last = child.stage == Stage::end_of_message;
  if (child.stale_replies > 0) {
    // To a command that another child's verdict has overtaken: edits and progress, then one answer.
    if (kind == protocol::ReplyKind::connection_failure) {
      fail(index, "it reported a connection failure", false);
    } else if (is_answer(kind)) {
      --child.stale_replies;
    }
    return;
  }
  if (child.asked != Child::Asked::reply) {
    fail(index, fmt::format("it sent {} without being asked", name_of(kind)), false);
    return;
  }
  switch (kind) {
    case protocol::ReplyKind::continue_:
      answered(index, {});
      return;
    case protocol::ReplyKind::accept:
      answered(index, {Kind::accept, {}});
      return;
    case protocol::ReplyKind::reject:
      answered(index, {Kind::reject, {}});
      return;
    case protocol::ReplyKind::temporary_failure:
      answered(index, {Kind::temporary_failure, {}});
      return;
    case protocol::ReplyKind::shutdown:
      answered(index, {Kind::shutdown, {}});
      return;
    case protocol::ReplyKind::reply_code:
      answered(index, {Kind::reply_code, std::string(std::get<reply::ReplyCode>(answer).text)});
      return;
    case protocol::ReplyKind::discard:
      if (!in_message_) break;
      answered(index, {Kind::discard, {}});
      return;
    case protocol::ReplyKind::skip:
      if (child.stage != Stage::body || (child.option.steps & protocol::step::kSkip) == 0) break;
      stop_waiting(index);
      feed_.skipped = true;
      return;
    case protocol::ReplyKind::progress:
      if (!last) break;
      child.deadline = after(child.settings->end_of_message_timeout);
      // (A peer that does not read could be sent any number of them.)
      if (!mta_blocked_) actions_.send_to_mta(packet.raw);
      progress_due_ = after(settings_->progress_interval);
      return;
    case protocol::ReplyKind::connection_failure:
      fail(index, "it reported a connection failure", false);
      return;
    case protocol::ReplyKind::negotiate:
    case protocol::ReplyKind::symbol_list:
      break;
    default:
      if (!last) break;
      child.deadline = after(child.settings->end_of_message_timeout);
      edit(index, answer, packet);
      return;
  }
  fail(index, fmt::format("it answered {} with {}", statistics::word(child.state), name_of(kind)), false);
}

void Session::Engine::answered(int index, const Verdict& verdict) {
  Child& child = at(index);
  stop_waiting(index);
  child.record.final_waited = child.step_waited;
  child.record.epoch = clock_.unix_time();
  if (child.stage >= Stage::header) {
    content_answered(index, verdict);
  } else {
    envelope_answered(index, verdict);
  }
}

// --- Conditions

void Session::Engine::ask_condition(int index, Stage stage, const protocol::Command& command) {
  Child& child = at(index);
  child.condition_id = next_condition_id_++;
  child.stage = stage;
  ask(index, Child::Asked::condition, child.condition_left);
  const bool refused = stage == Stage::recipient && step_.refused_by_mta;
  actions_.ask_condition({child.condition_id, index, stage, &command, refused});
}

void Session::Engine::condition_answered(std::uint32_t id, const ConditionAnswer& answer) {
  for (int i = 0; i < count(); ++i) {
    Child& child = at(i);
    if (child.asked != Child::Asked::condition || child.condition_id != id) continue;
    for (const auto& macro : answer.macros)
      set_macro(child, command_of(child.stage), macro.name, macro.value);
    condition_over(i, answer.stop, answer.condition);
    pump();
    return;
  }
}

void Session::Engine::condition_over(int index, bool stop, const std::string& condition) {
  Child& child = at(index);
  child.condition_left = child.deadline ? *child.deadline - clock_.now() : Seconds::zero();
  stop_waiting(index);
  child.condition_done = true;
  if (!stop) return;

  const Stage stage = child.stage;
  const bool in_content = phase_ >= Phase::headers;
  if (!in_content) step_.answers[static_cast<std::size_t>(index)] = Verdict{};
  if (stage == Stage::recipient) return;  // of this recipient only

  child.state = state_of(stage);
  child.status = Status::stop;
  MessageRecord& record = child.record;
  record.state = child.state;
  record.status = Status::stop;
  record.cause = Cause::condition;
  record.condition = condition;
  record.epoch = clock_.unix_time();
  record.final = true;
  if (stage == Stage::connect || stage == Stage::helo) {
    child.connection_record = record;
    leave_session(index);
    return;
  }
  if (stage == Stage::mail) {
    child.in_message = false;
    return;
  }
  abort_message(index);
  if (in_content) next_child();
}

// --- Failures and leaving

void Session::Engine::child_failed(int index, std::string_view reason) {
  Child& child = at(index);
  if (finished_ || child.link == Child::Link::gone || child.link == Child::Link::idle) return;
  child.link = Child::Link::gone;
  fail(index, reason, false);
  pump();
}

void Session::Engine::fail(int index, std::string_view reason, bool timed_out) {
  Child& child = at(index);
  stop_waiting(index);
  child.blocked = false;
  child.write_deadline.reset();
  if (child.link != Child::Link::idle && child.link != Child::Link::gone) actions_.close_child(index);
  child.link = Child::Link::gone;
  child.standing = verdict_of(child.settings->fallback);
  child.status = Status::error;
  // What it has said its last word on stays as it is: an MTA has such edits in the mail already.
  if (!child.edits.adopted) child.edits = {};
  if (!child.record.final) {
    child.record.final_waited = child.step_waited;
    child.record.epoch = clock_.unix_time();
  }
  log_child(Severity::error, child, fmt::format("[error] {}", reason));
  actions_.child_error(index, timed_out);
  report_child_end(child);
}

// Its answer to what it was asked counts no more.
void Session::Engine::overtake(int index) {
  Child& child = at(index);
  if (child.asked == Child::Asked::reply) ++child.stale_replies;
  if (child.asked == Child::Asked::reply || child.asked == Child::Asked::condition) stop_waiting(index);
}

void Session::Engine::abort_message(int index) {
  Child& child = at(index);
  overtake(index);
  if (child.link == Child::Link::ready && child.told_mail) {
    std::string packet;
    protocol::append_packet(packet, 'A');
    actions_.send_to_child(index, packet);
  }
  child.told_mail = false;
  child.in_message = false;
  child.edits = {};
}

void Session::Engine::leave_session(int index) {
  Child& child = at(index);
  stop_waiting(index);
  child.blocked = false;
  child.write_deadline.reset();
  child.left = true;
  child.in_message = false;
  if (child.link == Child::Link::ready) {
    std::string packet;
    protocol::append_packet(packet, 'Q');
    actions_.send_to_child(index, packet);
  }
  if (child.link != Child::Link::idle && child.link != Child::Link::gone) actions_.close_child(index);
  child.link = Child::Link::gone;
  report_child_end(child);
}

// --- Trials

bool Session::Engine::enforced(const Child& child, Stage stage) const {
  if (!child.settings->enforcement_share) return !child.settings->evaluation;
  return enforcement_position(child.settings->name, enforcement_key(child, stage)) <
         *child.settings->enforcement_share;
}

Verdict Session::Engine::effect_of(const Child& child, const Verdict& verdict) {
  const Status status = status_of(verdict);
  const bool turns_away = status == Status::reject || status == Status::discard;
  if (!child.settings->deferring || child.standing || !turns_away) return verdict;
  return {Verdict::Kind::temporary_failure, {}};
}

std::string Session::Engine::enforcement_key(const Child& child, Stage stage) const {
  if (stage <= Stage::mail) return client_network_;
  if (stage == Stage::recipient) return recipient_domain_;
  return child.first_domain;
}

}  // namespace milter_manager::session
