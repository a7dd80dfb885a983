// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/protocol/macro.h"
#include "core/protocol/packet.h"
#include "core/session/actions.h"
#include "core/session/known_children.h"
#include "core/session/settings.h"

namespace milter_manager::session {

// What a condition answered.
struct ConditionAnswer {
  bool stop = false;
  std::string condition;  // which one stopped
  struct Macro {
    std::string name, value;
  };
  std::vector<Macro> macros;  // to be set for this child at this stage
};

// One connection of an MTA through its children: every rule of the milter protocol, and no I/O.
//
//   Session session(settings, known, tags, clock, actions);
//   session.mta_received(packet);       // and so on, one call for each thing that happens
//   set_timer(session.deadline());      // after every call
//
// Everything that happens is told by a call; what is to be done is told to `actions`, during the call. The
// session takes one command at a time from the MTA: while wants_mta_packet() is false, packets stay where they
// are (this is how a slow child slows the MTA down, and why nothing is buffered without bound). It may become true
// by any call.
//
// The mail ends as it would if the MTA talked to the same children itself, in the same order.
class Session {
 public:
  // `settings`, `known` and the rest must outlive the session. Takes a tag.
  Session(std::shared_ptr<const Settings> settings, KnownChildren& known, TagSource& tags, const Clock& clock,
          Actions& actions);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool wants_mta_packet() const;
  // Precondition: wants_mta_packet(). A packet that is malformed or out of order closes the MTA's connection.
  void mta_received(protocol::Packet packet);
  // The MTA has gone, or what it sent is no packet (`reason` is then logged).
  void mta_closed(std::string_view reason = {});
  // Not all bytes could be written at once; or now they are.
  void mta_blocked();
  void mta_drained();

  void child_connected(int child);
  // False while an earlier packet of this child waits for the disk: leave the next ones where they are.
  bool wants_child_packet(int child) const;
  // Precondition: wants_child_packet(child).
  void child_received(int child, protocol::Packet packet);
  // It could not be reached, closed, or sent what is no packet: the connection is gone, close_child() will not be called.
  void child_failed(int child, std::string_view reason);
  void child_blocked(int child);
  void child_drained(int child);

  void condition_answered(std::uint32_t id, const ConditionAnswer& answer);
  void body_progressed();

  // When deadline_passed() is to be called, if nothing else happens before; may have moved after any call.
  std::optional<Time> deadline() const;
  void deadline_passed();

  // Whether a command of the MTA is being worked on.
  bool mta_waits() const;
  // The connection checker has found that the SMTP client is gone: the pending command is answered with `status`.
  void client_disconnected(Fallback status);
  // The manager is stopping: the pending or next command is answered with a temporary failure, then all is closed.
  void shut_down();

  // Nothing more will happen: the MTA's connection is to be closed, all children are, all events are reported.
  bool finished() const;

  // For conditions and status.
  std::uint32_t tag() const;
  // 0 before the first MAIL of the connection, then counted.
  std::uint32_t message_number() const;
  const protocol::MacroTable& macros() const;
  // What the MTA said at CONNECT, as a packet; "" where it has said nothing, or nobody asks for it: no child has conditions, and
  // the settings don't check the client.
  std::string_view client() const;
  // A macro as `child` sees it at `stage`, with what conditions have set for it. The name may be in braces.
  std::optional<std::string_view> macro(int child, Stage stage, std::string_view name) const;
  // All of them, names without braces; a name may come again: the first counts.
  std::vector<std::pair<std::string_view, std::string_view>> macros_seen(int child, Stage stage) const;
  // Of all stages so far, as the MTA has sent them.
  std::vector<std::pair<std::string_view, std::string_view>> macros_seen() const;
  struct ChildView {
    std::uint32_t tag;
    std::string_view name;
    statistics::State state;
    statistics::Status status;
    bool quitted;
  };
  ChildView child(int index) const;
  int child_count() const;
  std::size_t open_children() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace milter_manager::session
