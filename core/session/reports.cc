// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "core/session/engine.h"

namespace milter_manager::session {

using statistics::State;
using statistics::Status;

void Session::Engine::report_child_end(Child& child) {
  if (child.end_reported) return;
  child.end_reported = true;
  actions_.report(
      statistics::MilterEnd{child.state, child.status, child.waited, child.tag, child.settings->name});
}

void Session::Engine::report_session() {
  actions_.report(statistics::SessionEnd{state_, status_, Seconds(clock_.now() - started_).count(), tag_});
  for (Child& child : children_) report_child_end(child);
}

void Session::Engine::report_message(State state, Status status) {
  if (!in_message_) return;
  in_message_ = false;
  if (!settings_->message_events) return;
  for (const Child& child : children_) {
    const MessageRecord& record = child.record;
    statistics::MilterMessage event;
    event.state = record.state;
    event.status = record.status;
    event.group = enforced(child, group_stage(record.state)) ? statistics::Group::enforced
                                                             : statistics::Group::evaluated;
    event.cause = record.cause;
    event.recipients = record.recipients;
    event.rejected = record.rejected;
    event.deferred = record.deferred;
    event.waited = record.waited;
    event.final_waited = record.final_waited;
    event.epoch = record.epoch;
    event.session = tag_;
    event.number = message_number_;
    event.child = child.tag;
    event.queue_id = queue_id_;
    event.condition = record.condition;
    event.name = child.settings->name;
    actions_.report(event);
  }
  statistics::MessageEnd event;
  event.state = state;
  event.status = status;
  event.elapsed = Seconds(clock_.now() - message_started_).count();
  event.bytes = message_bytes_;
  event.recipients = recipients_;
  event.refused = refused_;
  event.session = tag_;
  event.number = message_number_;
  event.queue_id = queue_id_;
  actions_.report(event);
}

// Whose key decided, in a trial, whether a verdict at `state` was enforced.
Stage Session::Engine::group_stage(State state) {
  if (state <= State::envelope_from) return Stage::mail;
  return state == State::envelope_recipient ? Stage::recipient : Stage::data;
}

void Session::Engine::log(Severity severity, std::string_view text) const {
  actions_.log(severity, fmt::format("[{}] {}", tag_, text));
}

void Session::Engine::log_child(Severity severity, const Child& child, std::string_view text) const {
  actions_.log(severity, fmt::format("[{}] [{}] {}: {}", tag_, child.tag, child.settings->name, text));
}

}  // namespace milter_manager::session
