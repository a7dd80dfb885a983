// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include <algorithm>

#include "core/session/engine.h"

namespace milter_manager::session {

Session::Session(std::shared_ptr<const Settings> settings, KnownChildren& known, TagSource& tags,
                 const Clock& clock, Actions& actions)
    : engine_(std::make_unique<Engine>(std::move(settings), known, tags, clock, actions)) {}
Session::~Session() = default;

bool Session::wants_mta_packet() const { return engine_->wants_mta_packet(); }
void Session::mta_received(protocol::Packet packet) { engine_->mta_received(packet); }
void Session::mta_closed(std::string_view reason) { engine_->mta_closed(reason); }
void Session::mta_blocked() { engine_->mta_blocked(); }
void Session::mta_drained() { engine_->mta_drained(); }
void Session::child_connected(int child) { engine_->child_connected(child); }
bool Session::wants_child_packet(int child) const { return engine_->wants_child_packet(child); }
void Session::child_received(int child, protocol::Packet packet) { engine_->child_received(child, packet); }
void Session::child_failed(int child, std::string_view reason) { engine_->child_failed(child, reason); }
void Session::child_blocked(int child) { engine_->child_blocked(child); }
void Session::child_drained(int child) { engine_->child_drained(child); }
void Session::condition_answered(std::uint32_t id, const ConditionAnswer& answer) {
  engine_->condition_answered(id, answer);
}
void Session::body_progressed() { engine_->body_progressed(); }
std::optional<Time> Session::deadline() const { return engine_->deadline(); }
void Session::deadline_passed() { engine_->deadline_passed(); }
bool Session::mta_waits() const { return engine_->mta_waits(); }
void Session::client_disconnected(Fallback status) { engine_->client_disconnected(status); }
void Session::shut_down() { engine_->shut_down(); }
bool Session::finished() const { return engine_->finished(); }

std::uint32_t Session::tag() const { return engine_->tag(); }
std::uint32_t Session::message_number() const { return engine_->message_number(); }
std::string_view Session::client() const { return engine_->client(); }
const protocol::MacroTable& Session::macros() const { return engine_->macros(); }
int Session::child_count() const { return static_cast<int>(engine_->children().size()); }

Session::ChildView Session::child(int index) const {
  const Child& child = engine_->children()[static_cast<std::size_t>(index)];
  return {child.tag, child.settings->name, child.state, child.status,
          child.left || child.standing.has_value()};
}

std::size_t Session::open_children() const {
  return static_cast<std::size_t>(std::count_if(
      engine_->children().begin(), engine_->children().end(),
      [](const Child& child) { return child.link != Child::Link::idle && child.link != Child::Link::gone; }));
}

}  // namespace milter_manager::session
