// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/engine.h"

namespace milter_manager::session {

namespace step = protocol::step;

bool Session::Engine::is_content(CommandKind kind) {
  return kind == CommandKind::header || kind == CommandKind::end_of_header || kind == CommandKind::body ||
         kind == CommandKind::end_of_message;
}

bool Session::Engine::is_of_message(CommandKind kind) {
  return kind == CommandKind::mail || kind == CommandKind::recipient || kind == CommandKind::data ||
         is_content(kind);
}

Session::Engine::Phase Session::Engine::phase_after(CommandKind kind) {
  switch (kind) {
    case CommandKind::header:
      return Phase::headers;
    case CommandKind::end_of_header:
      return Phase::end_of_headers;
    case CommandKind::body:
      return Phase::body;
    default:
      return Phase::end_of_message;
  }
}

bool Session::Engine::declined(std::uint32_t events) const { return (told_.steps & events) == events; }

// Whether those that come before it in a message are declined.
bool Session::Engine::may_begin_message(CommandKind kind) const {
  switch (kind) {
    case CommandKind::mail:
      return true;
    case CommandKind::recipient:
      return declined(step::kNoMail);
    case CommandKind::data:
    case CommandKind::header:
    case CommandKind::end_of_header:
      return declined(step::kNoMail | step::kNoRecipient);
    case CommandKind::body:
    case CommandKind::end_of_message:
      return declined(step::kNoMail | step::kNoRecipient | step::kNoEndOfHeader);
    default:
      return false;
  }
}

bool Session::Engine::legal(CommandKind kind) const {
  const bool connected = phase_ >= Phase::connected || declined(step::kNoConnect);
  const bool begins = connected && may_begin_message(kind);
  const bool before_end_of_headers = phase_ == Phase::envelope || phase_ == Phase::headers;
  switch (kind) {
    case CommandKind::connect:
      return phase_ == Phase::negotiated;
    case CommandKind::helo:
      return connected;
    case CommandKind::unknown:
      return true;
    case CommandKind::mail:
    case CommandKind::recipient:
    case CommandKind::data:
      return phase_ == Phase::envelope || begins;
    case CommandKind::header:
    case CommandKind::end_of_header:
      return before_end_of_headers || begins;
    case CommandKind::body:
    case CommandKind::end_of_message:
      return phase_ == Phase::end_of_headers || phase_ == Phase::body || begins ||
             (before_end_of_headers && declined(step::kNoEndOfHeader));
    default:
      return false;
  }
}

// Without an ABORT, as libmilter takes it (engine.c, mi_engine()): a command that can't belong to the message that is
// open, or comes behind its verdict, begins the next one. Where MAIL is declined that is the first that is not.
bool Session::Engine::ends_message_before(CommandKind kind) const {
  if (phase_ < Phase::envelope) return false;
  if (kind == CommandKind::helo || kind == CommandKind::mail) return true;
  const bool verdict_told = message_verdict_ && !in_message_;
  if (verdict_told && may_begin_message(kind)) return true;
  if (kind == CommandKind::header || kind == CommandKind::end_of_header)
    return phase_ >= Phase::end_of_headers;
  return phase_ >= Phase::headers && !is_content(kind);
}

}  // namespace milter_manager::session
