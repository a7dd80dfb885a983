// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/message/body_store.h"
#include "core/protocol/command.h"
#include "core/session/actions.h"
#include "core/session/verdict.h"
#include "core/statistics/event.h"

namespace milter_manager::session {

// What [milter][message] will say about a child.
struct MessageRecord {
  statistics::State state = statistics::State::start;
  statistics::Status status = statistics::Status::pass;
  statistics::Cause cause = statistics::Cause::answer;
  std::uint64_t recipients = 0;
  std::uint64_t rejected = 0;
  std::uint64_t deferred = 0;
  double waited = 0;
  double final_waited = 0;
  std::optional<double> epoch;
  std::string condition;
  bool final = false;  // it has said its last word on this message
  statistics::Status last_refusal = statistics::Status::pass;
};

// What a child asks to be done with the message, until it has given its verdict.
struct Edits {
  std::string packets;  // as they go to the MTA, in the child's order; without the body
  std::unique_ptr<message::BodyStore> body;
  int headers = 0;  // edits of headers among the packets
  bool quarantine = false;
  bool adopted = false;  // its verdict lets the mail pass
  bool pending = false;  // an append to `body` waits for the disk
};

// One child milter in one session. Plain state: the engine's parts change it.
struct Child {
  enum class Link : std::uint8_t { idle, connecting, negotiating, ready, gone };
  enum class Asked : std::uint8_t { nothing, connection, condition, reply };

  const ChildSettings* settings = nullptr;
  std::uint32_t tag = 0;

  Link link = Link::idle;
  bool left = false;                // takes no part in the rest of the connection
  std::optional<Verdict> standing;  // it has failed: what it is taken to answer from now on
  bool in_message = false;
  bool told_mail = false;  // has heard of this message, so that an ABORT is due when it ends
  bool blocked = false;    // not all that was sent to it is written

  protocol::Option option;  // as agreed on
  std::string symbols;      // bytes of protocol::SymbolLists
  bool has_symbols = false;

  Asked asked = Asked::nothing;
  Stage stage = Stage::connect;  // of what it was asked last; of an unknown command: connect
  std::uint32_t condition_id = 0;
  bool condition_done = false;  // the conditions of this step let it pass
  Seconds condition_left{0};    // of what they may take in the MTA's step
  bool leaving = false;   // its answer in this step ends its part in the session, unless it is overruled
  bool counted = false;   // the recipient of this step is in its record
  int stale_replies = 0;  // to commands that were overtaken by another child's verdict

  std::optional<Time> waiting_since;
  std::optional<Time> deadline;        // for what it was asked
  std::optional<Time> write_deadline;  // for reading what was sent, while it is blocked
  double waited = 0;                   // seconds, of the whole connection
  double step_waited = 0;              // of the current step

  statistics::State state = statistics::State::start;
  statistics::Status status = statistics::Status::pass;
  bool end_reported = false;

  std::string first_domain;  // of the first recipient that it saw

  MessageRecord record;
  std::optional<MessageRecord>
      connection_record;  // a verdict or stop at CONNECT or HELO, repeated for each message
  Edits edits;

  // Versions of the MTA's macros that it was sent, by stage; see Engine::send_macros().
  std::uint32_t macros_sent[10] = {};
  struct ExtraMacro {
    protocol::CommandKind stage;
    std::string name, value;
    bool of_message() const {
      return stage != protocol::CommandKind::connect && stage != protocol::CommandKind::helo;
    }
  };
  std::vector<ExtraMacro> extra_macros;  // set by conditions

  bool waiting() const { return asked != Asked::nothing; }
  bool available() const { return !left && !standing; }
};

}  // namespace milter_manager::session
