// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/session/evaluation.h"
#include "core/session/negotiation.h"

namespace milter_manager::session {

namespace command = protocol::command;
using statistics::State;
using statistics::Status;

namespace {

// What was written for so long has been read: longer than a loop takes for a turn.
constexpr Seconds kUnread{0.1};

struct CommandRow {
  protocol::CommandKind kind;
  State state;
  Stage stage;  // of unknown commands, which have none: one outside the message
};
constexpr CommandRow kCommands[] = {
    {protocol::CommandKind::connect, State::connect, Stage::connect},
    {protocol::CommandKind::helo, State::helo, Stage::helo},
    {protocol::CommandKind::mail, State::envelope_from, Stage::mail},
    {protocol::CommandKind::recipient, State::envelope_recipient, Stage::recipient},
    {protocol::CommandKind::data, State::data, Stage::data},
    {protocol::CommandKind::unknown, State::unknown, Stage::connect},
    {protocol::CommandKind::header, State::header, Stage::header},
    {protocol::CommandKind::end_of_header, State::end_of_header, Stage::end_of_header},
    {protocol::CommandKind::body, State::body, Stage::body},
    {protocol::CommandKind::end_of_message, State::end_of_message, Stage::end_of_message},
};

const CommandRow* row_of(protocol::CommandKind kind) {
  const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [&](const CommandRow& row) { return row.kind == kind; });
  return found == std::end(kCommands) ? nullptr : found;
}

// How many strings, each with its NUL: an odd number of them are no pairs of name and value.
bool is_odd(protocol::StringList list) {
  const std::string_view bytes = list.bytes();
  return std::count(bytes.begin(), bytes.end(), '\0') % 2 != 0;
}

}  // namespace

Session::Engine::Engine(std::shared_ptr<const Settings> settings, KnownChildren& known, TagSource& tags,
                        const Clock& clock, Actions& actions)
    : settings_(std::move(settings)),
      known_(known),
      tags_(tags),
      clock_(clock),
      actions_(actions),
      tag_(tags.next_tag()) {
  idle_deadline_ = after(settings_->mta_timeout);
  begin_session();
}

void Session::Engine::begin_session() {
  started_ = clock_.now();
  if (settings_->session_deadline > Seconds::zero()) session_deadline_ = after(settings_->session_deadline);
}

bool Session::Engine::wants_mta_packet() const {
  return !finished_ && !step_.active && !mta_blocked_ && !must_wait_for_child();
}

// What the MTA sends next would go straight to a child that has not read all yet, and is kept nowhere.
bool Session::Engine::must_wait_for_child() const {
  if (!content_begun_ || message_verdict_ || current_ >= count() || !at(current_).blocked) return false;
  return body_begun_ ? !body_kept_ : phase_ == Phase::headers && !headers_kept_;
}

// While nothing is read from the MTA it may be waiting for an answer to what it has written.
void Session::Engine::note_hold_up() {
  const int by = !finished_ && !step_.active && must_wait_for_child() ? current_ : -1;
  if (by == held_up_by_) return;
  if (held_up_by_ >= 0) unanswered_ += clock_.now() - held_up_since_;
  held_up_by_ = by;
  if (by < 0) return;
  held_up_since_ = clock_.now();
  auto& deadline = at(by).write_deadline;
  deadline = std::min(*deadline, after(left_of(settings_->reply_deadline)));
}

void Session::Engine::mta_received(protocol::Packet packet) {
  const auto command = protocol::decode_command(packet);
  if (!command) {
    close(command.error().message);
    return;
  }
  idle_deadline_.reset();
  // Written later than it could have been read: the MTA has not waited for what was before.
  if (ready_since_ && clock_.now() - *ready_since_ > kUnread) unanswered_ = Seconds::zero();
  take(*command, packet);
  pump();
}

void Session::Engine::pump() {
  if (finished_) return;
  if (emitting_) {
    pump_emission();
  } else if (phase_ >= Phase::headers) {
    pump_content();
  } else if (step_.active) {
    pump_envelope();
  }
  if (!finished_ && !step_.active && !idle_deadline_) idle_deadline_ = after(settings_->mta_timeout);
  note_hold_up();
  ready_since_ = wants_mta_packet() ? std::optional<Time>(clock_.now()) : std::nullopt;
}

void Session::Engine::mta_blocked() {
  mta_blocked_ = true;
  ready_since_.reset();
}

void Session::Engine::mta_drained() {
  mta_blocked_ = false;
  pump();
}

void Session::Engine::take(const protocol::Command& command, protocol::Packet packet) {
  const auto kind = static_cast<CommandKind>(packet.kind());
  if (const auto* offer = std::get_if<command::Negotiate>(&command)) {
    negotiate(*offer);
    return;
  }
  if (kind == CommandKind::quit) {
    close({});
    return;
  }
  if (phase_ == Phase::start) {
    close(fmt::format("{} before the negotiation", name_of(kind)));
    return;
  }
  if (const auto* macros = std::get_if<command::DefineMacro>(&command)) {
    if (is_odd(macros->pairs)) note_oddity("a macro without a value");
    macros_.define(*macros);
    const std::size_t slot = macro_slot(macros->stage);
    ++macro_versions_[slot];
    new_macros_ |= 1u << slot;
    return;
  }
  const std::uint32_t new_macros = std::exchange(new_macros_, 0);
  if (kind == CommandKind::abort) {
    end_message_unanswered(true);
    forget_message();
    return;
  }
  if (kind == CommandKind::quit_new_connection) {
    reopen_connection();
    return;
  }
  if (!legal(kind)) {
    close(fmt::format("{} out of order", name_of(kind)));
    return;
  }
  if (std::exchange(resting_, false)) begin_session();
  const CommandRow& row = *row_of(kind);
  if (ends_message_before(kind)) {
    end_message_unanswered(false);
    forget_message_before(new_macros);
  }
  state_ = row.state;
  const auto* helo = std::get_if<command::Helo>(&command);
  if (helo && helo->name.empty()) note_oddity("a HELO without a name");
  if (stopping_) {
    // Closing without a reply would leave the mail to the MTA's own idea of a milter that is gone.
    if (is_of_message(kind)) phase_ = is_content(kind) ? phase_after(kind) : Phase::envelope;
    if (!reply_due(kind)) return;
    answer_mta({Verdict::Kind::temporary_failure, {}});
    close({});
    return;
  }
  const bool of_message = is_of_message(kind);
  if (connection_verdict_ && !connection_verdict_->ends()) {
    answer_accepted(kind);
    return;
  }
  if (of_message && phase_ < Phase::envelope) begin_message();
  if (of_message) note_queue_id(kind);
  if (is_content(kind)) phase_ = phase_after(kind);
  begin_step(kind, row.stage, packet);
  if (const auto* connect = std::get_if<command::Connect>(&command)) begin_connection(*connect);
  // Nobody to ask. (There is no mail yet that could be discarded before MAIL.)
  if (children_.empty() && (of_message || settings_->fallback != Fallback::discard)) {
    connection_verdict_ = verdict_of(settings_->fallback);
  }
  if (kind == CommandKind::recipient && refused_by_mta() && (connection_verdict_ || message_verdict_)) {
    // A held verdict would get lost here: the MTA does not heed this reply.
    step_.active = false;
    if (step_.reply_due) answer_mta({});
    return;
  }
  if (connection_verdict_ && of_message && !message_verdict_) {
    decide(Verdict(*connection_verdict_), -1);
  } else if (connection_verdict_) {
    end_step(Verdict(*connection_verdict_));
  } else if (message_verdict_ && of_message) {
    // Held since a step that had no answer, or told already to an MTA that goes on all the same.
    end_step(Verdict(*message_verdict_));
  } else if (is_content(kind)) {
    content_received(command, packet);
  } else {
    begin_envelope_step(command);
  }
}

// All children have accepted the connection, and the MTA goes on all the same.
void Session::Engine::answer_accepted(CommandKind kind) {
  if (is_of_message(kind)) phase_ = is_content(kind) ? phase_after(kind) : Phase::envelope;
  if (reply_due(kind)) answer_mta(*connection_verdict_);
  if (kind == CommandKind::end_of_message) forget_message();
}

// The macros of the next message come before its MAIL: what counts is what was known at the message's own commands.
void Session::Engine::note_queue_id(CommandKind kind) {
  if (const auto id = macros_.find(kind, "i")) queue_id_ = *id;
}

// Legal, and still strange enough to be told once.
void Session::Engine::note_oddity(std::string_view what) {
  if (oddity_logged_) return;
  oddity_logged_ = true;
  log(Severity::warning, fmt::format("[session][warning] the MTA sent {}", what));
}

void Session::Engine::negotiate(const command::Negotiate& offer) {
  if (phase_ != Phase::start) {
    close("a second negotiation");
    return;
  }
  if (offer.option.version < protocol::kMinVersion) {
    close(fmt::format("protocol version {} is not supported", offer.option.version));
    return;
  }
  offer_ = offer.option;
  offer_.version = std::min(offer_.version, protocol::kMaxVersion);
  const NegotiationAnswer answer = answer_negotiation(offer_, *settings_, known_);
  told_ = answer.option;
  phase_ = Phase::negotiated;
  state_ = State::negotiate;
  create_children();

  out_.clear();
  protocol::encode(protocol::reply::Negotiate{told_, protocol::SymbolLists(answer.symbols)}, out_);
  actions_.send_to_mta(out_);
}

void Session::Engine::create_children() {
  children_ = std::vector<Child>(settings_->children.size());
  for (std::size_t i = 0; i < children_.size(); ++i) {
    children_[i].settings = &settings_->children[i];
    children_[i].tag = tags_.next_tag();
  }
}

void Session::Engine::begin_connection(const command::Connect& connect) {
  phase_ = Phase::connected;
  client_network_ = client_network(connect.family, connect.address);
  const auto has_conditions = [](const Child& child) { return child.settings->condition_stages != 0; };
  client_.clear();
  if (settings_->checks_client || std::any_of(children_.begin(), children_.end(), has_conditions)) {
    protocol::encode(connect, client_);
  }
}

void Session::Engine::begin_message() {
  if (phase_ < Phase::connected) phase_ = Phase::connected;
  phase_ = Phase::envelope;
  in_message_ = true;
  continued_ = connection_continued_;
  queue_id_.clear();
  ++message_number_;
  message_started_ = clock_.now();
  for (Child& child : children_) {
    child.record = child.connection_record.value_or(MessageRecord{});
    child.edits = {};
    child.first_domain.clear();
    child.told_mail = false;
    child.in_message = !child.left;
    if (child.available()) child.status = Status::pass;
  }
}

void Session::Engine::begin_step(CommandKind kind, Stage stage, protocol::Packet packet) {
  step_.active = true;
  step_.kind = kind;
  step_.stage = stage;
  step_.reply_due = reply_due(kind);
  step_.refused_by_mta = false;
  step_.deferred_by = -1;
  step_.started = clock_.now();
  step_.deadline = after(left_of(settings_->reply_deadline));
  step_.packet.clear();
  if (!is_content(kind)) step_.packet = packet.raw;
  for (Child& child : children_) child.condition_left = settings_->condition_timeout;
}

// Of a limit for the next reply.
Seconds Session::Engine::left_of(Seconds limit) const {
  return std::max(limit - unanswered_, Seconds::zero());
}

bool Session::Engine::reply_due(CommandKind kind) const {
  return (told_.steps & bits_of(kind).no_reply) == 0;
}

void Session::Engine::end_step(const Verdict& verdict) {
  step_.active = false;
  if (!step_.reply_due) {
    unanswered_ += clock_.now() - step_.started;
    return;
  }
  answer_mta(verdict);
  if (finished_) return;
  if (in_message_ && message_verdict_) {
    report_message(state_, quarantined_ && !verdict.ends() ? Status::quarantine : status_of(verdict));
  }
  if (step_.kind == CommandKind::end_of_message) forget_message();
}

void Session::Engine::answer_mta(const Verdict& verdict) {
  out_.clear();
  append_reply(out_, verdict);
  actions_.send_to_mta(out_);
  unanswered_ = Seconds::zero();
  status_ = status_of(verdict);
  if (!verdict.is(Verdict::Kind::shutdown)) return;
  report_message(state_, Status::temporary_failure);
  close({});
}

}  // namespace milter_manager::session
