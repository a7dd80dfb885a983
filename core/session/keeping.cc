// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "core/session/engine.h"

namespace milter_manager::session {

namespace command = protocol::command;
using message::BodyStore;

namespace {

// More headers than this in one message is no mail: Postfix stops at 102,400 bytes (header_size_limit) of each,
// Sendmail at 32,768 of all (MaxHeadersLength).
constexpr std::size_t kMaxKeptHeaderBytes = std::size_t{16} << 20;

}  // namespace

void Session::Engine::header_received(const command::Header& header) {
  message_bytes_ += header.name.size() + header.value.size();
  if (headers_kept_) {
    headers_.append(header.name, header.value);
    if (headers_.bytes() > kMaxKeptHeaderBytes) {
      const bool shown_at_once = current_ < count() && direct_ &&
                                 shown_directly(at(current_), Stage::header) &&
                                 feed_.header + 1 == headers_.headers().size();
      lose_kept("the headers are too large to be kept", Stage::header, shown_at_once);
    }
  }
  if (!headers_kept_ && current_ < count()) direct_header_ = &header;
}

void Session::Engine::body_received(std::string_view chunk, protocol::Packet packet) {
  message_bytes_ += chunk.size();
  const bool shown_at_once = current_ < count() && direct_ && feed_.at != Feed::At::data &&
                             shown_directly(at(current_), Stage::body);
  if (!body_begun_) {
    body_begun_ = true;
    body_kept_ =
        (current_ < count() && wants_body(at(current_)) && !shown_at_once) || body_needed_after(current_);
    if (body_kept_) {
      body_ = actions_.create_body_store();
      shown_body_ = body_.get();
    }
  }
  if (!body_kept_) {
    direct_body_ = packet.raw;
    return;
  }
  if (shown_at_once) direct_body_ = packet.raw;
  kept_bytes_ += chunk.size();
  switch (body_->append(chunk)) {
    case BodyStore::Progress::done:
      break;
    case BodyStore::Progress::pending:
      body_pending_ = true;
      break;
    case BodyStore::Progress::failed:
      lose_kept("the body can't be kept", Stage::body, shown_at_once);
  }
}

// Whether nothing has to be awaited before the child can be shown what the MTA has just sent.
bool Session::Engine::shown_directly(const Child& child, Stage stage) {
  return child.link == Child::Link::ready && !child.blocked &&
         (child.settings->condition_stages & stage_bit(stage)) == 0;
}

// Its conditions of the stage of a DATA that has not come: an MTA below version 4 has none.
bool Session::Engine::asks_at_data(const Child& child) const {
  return !data_seen_ && (child.settings->condition_stages & stage_bit(Stage::data)) != 0;
}

// For itself or for its conditions.
bool Session::Engine::wants_body(const Child& child) const {
  return child.link != Child::Link::ready || wants_event(child, CommandKind::body) ||
         (child.settings->condition_stages & stage_bit(Stage::body)) != 0;
}

bool Session::Engine::body_needed_after(int index) const {
  for (int i = std::max(index, -1) + 1; i < count(); ++i) {
    if (at(i).in_message && !at(i).standing && wants_body(at(i))) return true;
  }
  return false;
}

// The manager itself can't go on with this message.
void Session::Engine::fail_message(std::string_view reason) {
  log(Severity::error, fmt::format("[message][error] {}", reason));
  decide(verdict_of(settings_->fallback), -1);
}

// It is in evaluation, so the mail goes on although it can't be shown all of it.
void Session::Engine::leave_out(int index) {
  cut(at(index));
  abort_message(index);
  continued_ = true;
}

// What was kept for milters that come later, or that wait, can't be shown any more: the end of the message, unless all
// who need it are in evaluation.
void Session::Engine::lose_kept(std::string_view reason, Stage stage, bool current_has_seen_it) {
  const auto needs = [&](int i) {
    const Child& child = at(i);
    if (!child.in_message || child.standing) return false;
    if (i == current_ && (current_has_seen_it || feed_.skipped)) return false;
    return stage == Stage::header || wants_body(child);
  };
  for (int i = current_; i < count(); ++i) {
    if (needs(i) && enforced(at(i), Stage::data)) {
      fail_message(reason);
      return;
    }
  }
  log(Severity::error, fmt::format("[message][error] {}: milters in evaluation are left out", reason));
  for (int i = current_; i < count(); ++i) {
    if (needs(i)) leave_out(i);
  }
  if (stage == Stage::header) {
    headers_.clear();
    headers_kept_ = false;
    feed_.header = 0;
  } else {
    body_kept_ = body_pending_ = false;
    shown_body_ = nullptr;
    body_.reset();
  }
  if (current_ < count() && !at(current_).in_message) next_child();
}

}  // namespace milter_manager::session
