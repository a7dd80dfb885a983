// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/bench/dialogue.h"

#include <fmt/format.h>

#include <variant>

namespace milter_manager::bench {

using protocol::CommandKind;
using protocol::ReplyKind;
using State = Dialogue::State;
namespace step = protocol::step;

State Dialogue::begin(std::string& out) {
  at_ = 0;
  recipients_left_ = 0;
  return send(out);
}

State Dialogue::next_message(std::string& out) {
  at_ = script_->mail;
  recipients_left_ = 0;
  return send(out);
}

// Sends commands from `at_` on, as far as one that is answered.
State Dialogue::send(std::string& out) {
  for (;; ++at_) {
    if (hold_ && at_ > 0 && current().command != *hold_ && script_->steps[at_ - 1].command == *hold_) {
      --at_;
      return state_ = State::holding;
    }
    const auto& step = current();
    if ((agreed_.steps & step.declined_by) != 0) continue;
    out += step.bytes;
    if (step.command == CommandKind::recipient) ++recipients_left_;
    if ((agreed_.steps & step.no_reply_by) == 0) return state_ = State::waiting;
  }
}

State Dialogue::next(std::string& out) {
  if (at_ == script_->end_of_message) return answered();
  ++at_;
  return send(out);
}

State Dialogue::take(protocol::Packet packet, std::string& out) {
  if (packet.kind() == static_cast<char>(ReplyKind::continue_) && packet.payload().empty() && at_ != 0) {
    outcome_ = ReplyKind::continue_;
    return next(out);
  }
  const auto reply = decode_reply(packet);
  if (!reply) return broken(reply.error().message);
  if (at_ == 0) {
    if (const auto* answer = std::get_if<protocol::reply::Negotiate>(&*reply))
      return negotiated(*answer, out);
    return broken("no negotiation");
  }
  outcome_ = static_cast<ReplyKind>(packet.kind());
  switch (outcome_) {
    case ReplyKind::accept:
    case ReplyKind::discard:
    case ReplyKind::shutdown:
    case ReplyKind::connection_failure:
      return answered();
    case ReplyKind::reject:
    case ReplyKind::temporary_failure:
    case ReplyKind::reply_code:
      return refused(out);
    case ReplyKind::skip:
      return skipped(out);
    case ReplyKind::progress:
      return state_;
    case ReplyKind::continue_:  // has been taken above
    case ReplyKind::symbol_list:
    case ReplyKind::negotiate:
      return broken("a reply that has no place here");
    default:
      return edited();
  }
}

State Dialogue::negotiated(const protocol::reply::Negotiate& answer, std::string& out) {
  agreed_ = answer.option;
  if (agreed_.version < protocol::kMinVersion || agreed_.version > script_->offered_version)
    return broken("no version of the offered");
  if ((agreed_.actions & ~script_->offered_actions) != 0) return broken("actions that were not offered");
  if ((agreed_.steps & ~script_->offered_steps) != 0) return broken("steps that were not offered");
  return next(out);
}

// At RCPT only that recipient is refused; the message goes on as long as one is left.
State Dialogue::refused(std::string& out) {
  if (stage() != CommandKind::recipient) return answered();
  --recipients_left_;
  const bool last = script_->steps[at_ + 1].command != CommandKind::recipient;
  return last && recipients_left_ == 0 ? answered() : next(out);
}

State Dialogue::skipped(std::string& out) {
  if (stage() != CommandKind::body || (agreed_.steps & step::kSkip) == 0)
    return broken("a skip that is not allowed");
  at_ = script_->end_of_message;
  return send(out);
}

State Dialogue::edited() {
  if (stage() != CommandKind::end_of_message) return broken("a change before the end of the message");
  ++edits_;
  return state_;
}

State Dialogue::answered() { return state_ = State::answered; }

State Dialogue::broken(std::string complaint) {
  complaint_ = std::move(complaint);
  return state_ = State::broken;
}

bool Dialogue::can_go_on() const {
  return at_ >= script_->mail && outcome_ != ReplyKind::shutdown && outcome_ != ReplyKind::connection_failure;
}

void Dialogue::leave(std::string& out) const {
  if (at_ >= script_->mail && at_ < script_->end_of_message) out += script_->abort;
  out += script_->quit;
}

}  // namespace milter_manager::bench
