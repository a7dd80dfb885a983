// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/session/engine.h"

namespace milter_manager::session {

namespace command = protocol::command;
namespace step = protocol::step;
using message::BodyStore;
using statistics::Cause;
using statistics::State;
using statistics::Status;

namespace {

bool says_postfix(std::string_view version) {
  const auto equal = [](char a, char b) { return (a | 0x20) == b; };
  constexpr std::string_view kName = "postfix";
  return std::search(version.begin(), version.end(), kName.begin(), kName.end(), equal) != version.end();
}

}  // namespace

bool Session::Engine::is_postfix() const {
  return says_postfix(macros_.find(CommandKind::end_of_message, "v").value_or(""));
}

void Session::Engine::begin_content() {
  content_begun_ = true;
  drop_children_without_recipients();
  headers_.set_rules(is_postfix() ? message::ListRules::postfix : message::ListRules::sendmail);
  int participants = 0;
  headers_kept_ = false;
  for (const Child& child : children_) {
    if (!child.in_message) continue;
    // A child that is alone sees the headers as they come; they are kept for one that comes later, or that waits.
    if (++participants > 1 || !shown_directly(child, Stage::header) || asks_at_data(child))
      headers_kept_ = true;
  }
  current_ = -1;
  next_child();
}

void Session::Engine::content_received(const protocol::Command& command, protocol::Packet packet) {
  if (!content_begun_) begin_content();
  if (!step_.active) return;  // nobody takes part: the message was decided
  step_child_ = current_;
  direct_ = caught_up();
  std::string last_piece;  // shown during this call
  if (const auto* header = std::get_if<command::Header>(&command)) {
    header_received(*header);
  } else if (std::holds_alternative<command::EndOfHeader>(command)) {
    mta_end_of_header_ = true;
  } else if (const auto* body = std::get_if<command::Body>(&command)) {
    body_received(body->chunk, packet);
  } else if (const auto* end = std::get_if<command::EndOfMessage>(&command)) {
    // The piece that came with it is shown as a piece of the body.
    if (!end->chunk.empty()) {
      protocol::append_packet(last_piece, 'B', end->chunk);
      body_received(end->chunk, {last_piece});
      if (!step_.active) return;
    }
    mta_end_of_message_ = true;
    step_.deadline = after(left_of(settings_->end_of_message_deadline));
    progress_due_ = after(settings_->progress_interval);
  }
  pump_content();
  direct_header_ = nullptr;
  direct_body_ = {};
}

void Session::Engine::pump_content() {
  if (current_ >= 0 && current_ < count() && at(current_).edits.pending) replacement_progressed(at(current_));
  while (feed_next()) {
  }
  if (!step_.active || emitting_) return;
  if (body_pending_) {
    switch (body_->append({})) {
      case BodyStore::Progress::pending:
        return;
      case BodyStore::Progress::failed:
        lose_kept("the body can't be kept", Stage::body, feed_.body_offset == kept_bytes_);
        break;
      case BodyStore::Progress::done:
        body_pending_ = false;
    }
    // What is shown from the store may be there now.
    while (feed_next()) {
    }
    if (!step_.active || emitting_) return;
  }
  if (step_.kind == CommandKind::end_of_message) {
    if (current_ >= count()) conclude();
    return;
  }
  // A child that came in late is fed meanwhile; the MTA waits only for one that has seen all there is.
  if (direct_ && current_ == step_child_ && !caught_up()) return;
  const bool skip = step_.kind == CommandKind::body && step_.reply_due && !skip_told_ &&
                    (told_.steps & step::kSkip) != 0 && !body_needed_after(current_) &&
                    (current_ >= count() || feed_.skipped || !wants_body(at(current_)));
  if (!skip) {
    end_step({});
    return;
  }
  skip_told_ = true;
  step_.active = false;
  unanswered_ = Seconds::zero();
  out_.clear();
  protocol::append_packet(out_, 's');
  actions_.send_to_mta(out_);
}

bool Session::Engine::caught_up() const {
  if (current_ >= count()) return true;
  const Child& child = at(current_);
  return !child.waiting() && !child.blocked && !read_pending_ && !child.standing;
}

bool Session::Engine::feed_next() {
  if (!content_begun_ || message_verdict_ || emitting_ || current_ >= count()) return false;
  Child& child = at(current_);
  if (child.standing) {
    child.record.cause = Cause::fallback;
    content_answered(current_, *child.standing);
    return true;
  }
  if (child.waiting() || child.blocked) return false;
  if (child.link == Child::Link::idle) {
    contact(current_);
    return false;
  }
  switch (feed_.at) {
    case Feed::At::data:
      return feed_data();
    case Feed::At::headers:
      return feed_header();
    case Feed::At::end_of_header:
      return feed_end_of_header();
    case Feed::At::body:
      return feed_body();
    case Feed::At::end_of_message:
      return feed_end_of_message();
    case Feed::At::finished:
      break;
  }
  return false;
}

// Whether the child may be shown the item now; otherwise its conditions are being asked.
bool Session::Engine::passes_conditions(int index, Stage stage, const protocol::Command& command) {
  Child& child = at(index);
  const bool asks = (child.settings->condition_stages & stage_bit(stage)) != 0;
  if (!asks || child.condition_done || child.condition_left <= Seconds::zero()) {
    child.condition_done = false;
    return true;
  }
  ask_condition(index, stage, command);
  return false;
}

void Session::Engine::show_item(int index, CommandKind kind, Stage stage, State state,
                                std::string_view packet) {
  Child& child = at(index);
  child.stage = stage;
  child.state = state;
  child.record.state = state;
  child.told_mail = true;
  child.step_waited = 0;
  send_command(index, kind, packet);
  const bool last = stage == Stage::end_of_message;
  if (last || needs_reply(child, kind)) {
    ask(index, Child::Asked::reply,
        last ? child.settings->end_of_message_timeout : child.settings->reading_timeout);
  }
}

bool Session::Engine::feed_data() {
  if (!passes_conditions(current_, Stage::data, command::Data{})) return true;
  feed_.at = Feed::At::headers;
  return true;
}

bool Session::Engine::feed_header() {
  Child& child = at(current_);
  std::string_view name, value;
  if (direct_header_) {
    name = direct_header_->name;
    value = direct_header_->value;
    direct_header_ = nullptr;
  } else {
    const auto& headers = headers_.headers();
    while (feed_.header < headers.size() && headers[feed_.header].deleted) ++feed_.header;
    if (feed_.header == headers.size()) {
      if (!mta_end_of_header_ && !body_begun_ && !mta_end_of_message_) return false;
      feed_.at = Feed::At::end_of_header;
      return true;
    }
    name = headers[feed_.header].name;
    value = headers[feed_.header].value;
    if (!passes_conditions(current_, Stage::header, command::Header{name, value})) return true;
    ++feed_.header;
  }
  if (!wants_event(child, CommandKind::header)) return true;

  // Who asked for leading spaces gets values as they stand behind the colon, others without the first space.
  const bool mta_has_space = (told_.steps & step::kHeaderLeadingSpace) != 0;
  const bool child_has_space = (child.option.steps & step::kHeaderLeadingSpace) != 0;
  if (mta_has_space && !child_has_space && value.starts_with(' ')) value.remove_prefix(1);
  out_.clear();
  if (!mta_has_space && child_has_space) {
    protocol::encode(command::Header{name, std::string(" ").append(value)}, out_);
  } else {
    protocol::encode(command::Header{name, value}, out_);
  }
  show_item(current_, CommandKind::header, Stage::header, State::header, out_);
  return true;
}

bool Session::Engine::feed_end_of_header() {
  if (!passes_conditions(current_, Stage::end_of_header, command::EndOfHeader{})) return true;
  feed_.at = Feed::At::body;
  if (!wants_event(at(current_), CommandKind::end_of_header)) return true;
  out_.clear();
  protocol::append_packet(out_, 'N');
  show_item(current_, CommandKind::end_of_header, Stage::end_of_header, State::end_of_header, out_);
  return true;
}

bool Session::Engine::feed_body() {
  Child& child = at(current_);
  const bool unwanted = feed_.skipped || !wants_body(child);
  const auto done = [&] {
    if (!mta_end_of_message_ || body_pending_) return false;
    feed_.at = Feed::At::end_of_message;
    return true;
  };
  if (!direct_body_.empty()) {
    const std::string_view packet = std::exchange(direct_body_, {});
    feed_.body_offset += packet.size() - 5;
    if (unwanted) return true;
    show_item(current_, CommandKind::body, Stage::body, State::body, packet);
    return true;
  }
  if (unwanted || !shown_body_ || feed_.body_offset >= shown_body_->size_bytes()) return done();

  const auto read = shown_body_->read(feed_.body_offset, settings_->chunk_size);
  read_pending_ = read.progress == BodyStore::Progress::pending;
  if (read_pending_) return false;
  if (read.progress == BodyStore::Progress::failed) {
    if (enforced(child, Stage::data)) {
      fail_message("the body that was kept can't be read");
      return false;
    }
    log_child(Severity::error, child,
              "[message][error] the body that was kept can't be read: it is left out");
    leave_out(current_);
    next_child();
    return true;
  }
  if (read.bytes.empty()) return done();
  if (!passes_conditions(current_, Stage::body, command::Body{read.bytes})) return true;
  feed_.body_offset += read.bytes.size();
  if (!wants_event(child, CommandKind::body)) return true;
  out_.clear();
  protocol::append_packet(out_, 'B', read.bytes);
  show_item(current_, CommandKind::body, Stage::body, State::body, out_);
  return true;
}

bool Session::Engine::feed_end_of_message() {
  if (!passes_conditions(current_, Stage::end_of_message, command::EndOfMessage{})) return true;
  feed_.at = Feed::At::finished;
  out_.clear();
  protocol::append_packet(out_, 'E');
  show_item(current_, CommandKind::end_of_message, Stage::end_of_message, State::end_of_message, out_);
  return true;
}

void Session::Engine::content_answered(int index, const Verdict& verdict) {
  Child& child = at(index);
  const bool fallback = child.standing.has_value();
  const bool at_end = feed_.at == Feed::At::finished;
  if (verdict.is(Verdict::Kind::continue_) && !at_end) return;

  const bool applied = enforced(child, Stage::data);
  const Verdict effect = effect_of(child, verdict);
  MessageRecord& record = child.record;
  record.final = true;
  record.status = child.edits.quarantine && !verdict.ends() ? Status::quarantine : status_of(verdict);
  const bool deferred = applied && effect.kind != verdict.kind;
  record.cause = fallback ? Cause::fallback : deferred ? Cause::overruled : Cause::answer;
  if (!fallback) child.status = record.status;
  if (verdict.ends() && applied) {
    decide(effect, index);
    return;
  }
  // The mail goes on without it.
  child.in_message = false;
  child.told_mail = false;
  if (verdict.is(Verdict::Kind::continue_) || !applied) continued_ = true;
  if (verdict.is(Verdict::Kind::shutdown)) {
    leave_session(index);
  } else if (at_end && applied && !fallback) {
    adopt_edits(index);
  } else {
    child.edits = {};
  }
  next_child();
}

void Session::Engine::next_child() {
  feed_ = {};
  read_pending_ = false;
  for (int i = 0; i < count(); ++i) at(i).condition_done = false;
  do {
    ++current_;
  } while (current_ < count() && !at(current_).in_message);
  if (current_ < count()) {
    if (asks_at_data(at(current_))) feed_.at = Feed::At::data;
    return;
  }
  if (mta_end_of_message_) {
    conclude();
  } else if (!continued_) {
    decide({Verdict::Kind::accept, {}}, -1);
  }
}

}  // namespace milter_manager::session
