// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/protocol/reply.h"
#include "test/bench/script.h"

namespace milter_manager::bench {

// The MTA's side of one milter connection, without the socket: takes replies, gives what is to be sent.
//
// Like a real MTA it waits for the reply to every command, but for those that the milter does not answer, and leaves out what
// the milter declined. It is strict: a reply that is malformed, unasked for, or not legal at its place breaks the connection.
class Dialogue {
 public:
  enum class State : std::uint8_t {
    waiting,   // for a reply
    holding,   // as far as it was told to go
    answered,  // the message has its final reply: outcome()
    broken,    // complaint()
  };

  // The script must outlive the dialogue. `hold`: the dialogue goes no further than this command's reply.
  explicit Dialogue(const Script& script, std::optional<protocol::CommandKind> hold = {})
      : script_(&script), hold_(hold) {}

  // Begins the connection and its first message: appends to `out` what is to be sent until a reply is due.
  State begin(std::string& out);
  // Takes a reply and goes on. Precondition: begun, and neither answered nor broken since.
  State take(protocol::Packet packet, std::string& out);
  // The next message on the same connection. Precondition: answered.
  State next_message(std::string& out);
  // Whether the milter is still there for another message: no verdict on the connection, no shutdown.
  bool can_go_on() const;
  // ABORT where a message is under way, and QUIT.
  void leave(std::string& out) const;

  State state() const { return state_; }
  protocol::ReplyKind outcome() const { return outcome_; }
  protocol::CommandKind stage() const { return current().command; }
  const std::string& complaint() const { return complaint_; }
  const protocol::Option& agreed() const { return agreed_; }
  int edits() const { return edits_; }  // replies that change the message, of the whole connection

 private:
  const Step& current() const { return script_->steps[at_]; }
  State send(std::string& out);
  State next(std::string& out);
  State negotiated(const protocol::reply::Negotiate& answer, std::string& out);
  State refused(std::string& out);
  State skipped(std::string& out);
  State edited();
  State answered();
  State broken(std::string complaint);

  const Script* script_;
  std::optional<protocol::CommandKind> hold_;
  std::size_t at_ = 0;
  State state_ = State::waiting;
  protocol::ReplyKind outcome_ = protocol::ReplyKind::continue_;
  protocol::Option agreed_;
  int recipients_left_ = 0;  // sent and not refused
  int edits_ = 0;
  std::string complaint_;
};

}  // namespace milter_manager::bench
